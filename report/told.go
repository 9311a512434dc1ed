package report

import (
	"fmt"
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
}

// words are whom it was for, what it was, and how it went.
func (n *Notice) words() (who, what, how string) {
	if n.By != "" {
		return n.By, join("said that they know", n.What), ""
	}
	who = n.Channel
	if len(n.To) > 0 {
		who += ", for " + strings.Join(n.To, ", ")
	}
	how = n.Outcome
	if n.Error != "" {
		how = join(n.Outcome, n.Error)
	}
	return who, n.What, how
}

func (m *markdown) told() {
	if len(m.s.Notifications) == 0 {
		return
	}
	m.linef("\n## Who was told\n")
	m.linef("| when (UTC) | who | what | result |")
	m.linef("|---|---|---|---|")
	for i := range m.s.Notifications {
		n := &m.s.Notifications[i]
		who, what, how := n.words()
		m.linef("| %s | %s | %s | %s |", n.At.Format("2006-01-02 15:04:05"), md(who), md(what), md(how))
	}
}

// told is one line where all went well, and what did not.
func (t *terminal) told() {
	all := t.s.Notifications
	if len(all) == 0 {
		return
	}
	t.section("Who was told")
	sent := 0
	for i := range all {
		n := &all[i]
		who, what, how := n.words()
		switch {
		case n.By != "":
			t.text(2, fmt.Sprintf("%s %s %s", n.At.Format("15:04:05"), who, what), normal)
		case n.Error != "":
			t.text(2, fmt.Sprintf("%s %s: %s: %s", n.At.Format("15:04:05"), who, what, how), bad)
		default:
			sent++
		}
	}
	t.text(2, fmt.Sprintf("%d of %d messages were taken by their servers; report -o markdown lists them", sent, sent+t.untold()), normal)
}

// untold counts what was not sent.
func (t *terminal) untold() (n int) {
	for i := range t.s.Notifications {
		if t.s.Notifications[i].By == "" && t.s.Notifications[i].Error != "" {
			n++
		}
	}
	return n
}
