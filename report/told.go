package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Notice is that somebody was told of the run, or said that they know. It is from a
// record beside the journal: what people were told changes nothing of what happened.
type Notice struct {
	At      Instant  `json:"at"`
	Outcome string   `json:"outcome"` // sent, failed, dropped, acknowledged
	Channel string   `json:"channel,omitempty"`
	Via     string   `json:"via,omitempty"`
	To      []string `json:"to,omitempty"` // role and how to reach it
	What    string   `json:"what,omitempty"`
	By      string   `json:"by,omitempty"` // who acknowledged
	Error   string   `json:"error,omitempty"`

	Times int      `json:"times,omitempty"`    // so many such failures, of which this is the last
	First *Instant `json:"first_at,omitempty"` // when the first of them was
}

// folded leaves of the same failure, tried again and again, the last one.
func folded(all []Notice) []Notice {
	var out []Notice
	for _, n := range all {
		i := slices.IndexFunc(out, func(o Notice) bool { return n.Outcome == "failed" && o.sameFailure(n) })
		if i < 0 {
			out = append(out, n)
			continue
		}
		at := out[i].At
		n.Times, n.First = max(out[i].Times, 1)+1, cmp.Or(out[i].First, &at)
		out = append(slices.Delete(out, i, i+1), n)
	}
	return out
}

func (n Notice) sameFailure(other Notice) bool {
	return n.Outcome == other.Outcome && n.Channel == other.Channel && n.What == other.What && n.Error == other.Error && slices.Equal(n.To, other.To)
}

// NoticeWords is a notice for people.
type NoticeWords struct {
	At             Instant
	Who, What, How string // How is empty of an acknowledgement
}

// outcome is how it went, and how often it went so.
func (n Notice) outcome() string {
	if n.Times < 2 {
		return n.Outcome
	}
	return fmt.Sprintf("%s, %d times since %s UTC", n.Outcome, n.Times, n.First.Format("2006-01-02 15:04:05"))
}

// Words says whom a notice was for, what it was, and how it went.
func (n Notice) Words() NoticeWords {
	w := NoticeWords{At: n.At, Who: n.Channel, What: n.What, How: join(n.outcome(), n.Error)}
	switch {
	case n.By != "":
		w.Who, w.What, w.How = n.By, join("said that they know", n.What), ""
	case len(n.To) > 0:
		w.Who += ", for " + strings.Join(n.To, ", ")
	}
	return w
}

func (m *markdown) told() {
	if len(m.s.Notifications) == 0 {
		return
	}
	m.linef("\n## Who was told\n")
	m.linef("| when (UTC) | who | what | result |")
	m.linef("|---|---|---|---|")
	for _, n := range m.s.Notifications {
		w := n.Words()
		m.linef("| %s | %s | %s | %s |", w.At.Format("2006-01-02 15:04:05"), md(w.Who), md(w.What), md(w.How))
	}
}

// told says what did not go well, who knows, and how much was taken.
func (t *terminal) told() {
	if len(t.s.Notifications) == 0 {
		return
	}
	t.section("Who was told")
	sent, all := 0, 0
	for _, n := range t.s.Notifications {
		w := n.Words()
		at := n.At.Format("15:04:05") + " "
		if n.By != "" {
			t.text(2, at+w.Who+" "+w.What, normal)
			continue
		}
		all++
		if n.Error != "" {
			t.text(2, at+w.Who+": "+w.What+": "+w.How, bad)
			continue
		}
		sent++
	}
	if all > 0 {
		t.text(2, fmt.Sprintf("%d of %d messages were taken by their servers; report -o markdown lists them", sent, all), normal)
	}
}
