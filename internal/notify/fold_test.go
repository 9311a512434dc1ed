package notify

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
)

var update = flag.Bool("update", false, "rewrite testdata")

var objectiveOf = engine.Objective{Row: "production", RTO: time.Hour, RPO: 15 * time.Minute}

// stories are runs, and what is told of them.
var stories = map[string]func(*testing.T) *player{
	"drill": func(t *testing.T) *player {
		verify := node("look", engine.PhaseChecks)
		verify.Verifies = true
		p := newPlayer(t, engine.Header{Objective: objectiveOf},
			node("lose", engine.PhaseDisaster), waiting(node("switch", engine.PhaseProcedure), engine.WaitApproval), verify)
		return p.start().at("1m").done("lose").at("5m").answer("switch").at("6m").done("look")
	},
	"nobody_reacts": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{Objective: objectiveOf},
			node("lose", engine.PhaseDisaster), waiting(node("switch", engine.PhaseProcedure), engine.WaitApproval), node("restore", engine.PhaseProcedure, "switch"))
		p.start().at("1m").done("lose").at("30m").answer("switch")
		return p.at("2h").done("restore")
	},
	"by_hand": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{}, waiting(node("cable", engine.PhaseProcedure), engine.WaitDuration))
		p.waits = map[string]engine.Span{"cable": 30 * time.Minute}
		return p.start().at("39m").at("41m").answer("cable")
	},
	"drill_fails": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), node("restore", engine.PhaseProcedure),
			node("after", engine.PhaseProcedure, "restore"), node("put_back", engine.PhaseCleanup))
		return p.start().done("lose").at("1m").fail("restore", "exit status 1: no such bucket").at("2m").done("put_back").at("20m")
	},
	"recovery_fails": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{Mode: engine.ModeRecovery, Objective: objectiveOf}, node("restore", engine.PhaseProcedure))
		return p.start().at("1m").fail("restore", "no such bucket").at("20m")
	},
	"refused": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{}, node("restore", engine.PhaseProcedure))
		p.checks = map[engine.Phase][]engine.Check{engine.PhaseProcedure: {{Node: "restore", Name: "disk_space", Message: "1 GiB, 5 are needed"}}}
		return p.start()
	},
	"crash": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{Mode: engine.ModeRecovery, Objective: objectiveOf},
			waiting(node("switch", engine.PhaseProcedure), engine.WaitApproval), node("restore", engine.PhaseProcedure, "switch"))
		p.start().at("5m").crash().at("7m").in(engine.Resume{Gap: 2 * time.Minute, By: "cy@dr2"})
		p.told = append(p.told, p.fold.Owed(false)...)
		return p.at("20m").answer("switch").done("restore")
	},
	"in_doubt": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{Mode: engine.ModeRecovery}, node("restore", engine.PhaseProcedure), node("other", engine.PhaseProcedure))
		p.start().at("5m").crash().at("7m").in(engine.Resume{Gap: 2 * time.Minute})
		p.in(engine.Reconciled{Node: "restore", Attempt: 1, Verdict: engine.VerdictUnknown, Reason: "its process is gone"})
		return p.in(engine.Reconciled{Node: "other", Attempt: 1, Verdict: engine.VerdictDone})
	},
	"cancelled": func(t *testing.T) *player {
		p := newPlayer(t, engine.Header{}, waiting(node("switch", engine.PhaseProcedure), engine.WaitApproval))
		return p.start().at("1m").in(engine.Cancel{By: "ana@dr1", Reason: "interrupted"}).at("1h")
	},
}

func TestFold(t *testing.T) {
	for name, play := range stories {
		t.Run(name, func(t *testing.T) {
			p := play(t)
			var b bytes.Buffer
			for i := range p.told {
				m := &p.told[i]
				fmt.Fprintf(&b, "%s  %s  %s  [%s, %s]\n", m.At.Sub(began), m.ID, m.Kind, m.Topic, strings.Join(m.To, " "))
				for line := range strings.Lines(plain(m, p.fold.config.people(m.To), p.header.RunID)) {
					fmt.Fprintf(&b, "    %s\n", strings.TrimRight(line, "\n"))
				}
			}
			golden(t, name+".txt", b.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; if it is right, go test -update):\n%s", file, diff)
	}
}

// The same journal gives the same messages, and none has the id of another.
func TestFoldAgain(t *testing.T) {
	for name, play := range stories {
		p := play(t)
		again := NewFold(p.header, p.fold.config)
		seen := map[string]bool{}
		for i := range p.told {
			if seen[p.told[i].ID] && name != "crash" { // there it is owed once more
				t.Errorf("%s: %s is told twice", name, p.told[i].ID)
			}
			seen[p.told[i].ID] = true
		}
		for _, ev := range p.events {
			for _, m := range again.Event(ev) {
				if !seen[m.ID] {
					t.Errorf("%s: a second fold tells %s, the first did not", name, m.ID)
				}
			}
		}
	}
}

// Whoever acknowledges is not gone over; what comes later is told all the same.
func TestAcknowledge(t *testing.T) {
	p := stories["drill_fails"](t)
	fresh := NewFold(p.header, p.fold.config)
	fresh.Past(p.events)
	if _, ok := fresh.Next(); !ok {
		t.Fatal("nothing is open after a failed drill")
	}
	fresh.Acknowledge(p.fold.last.Add(-time.Second))
	if _, ok := fresh.Next(); !ok {
		t.Error("what was said before the end counts for the end")
	}
	fresh.Acknowledge(p.fold.last)
	if at, ok := fresh.Next(); ok {
		t.Errorf("it is acknowledged, and is told again at %s", at)
	}
}

// Of a run whose process is gone everybody is told, and what it waited for.
func TestGone(t *testing.T) {
	p := newPlayer(t, engine.Header{Mode: engine.ModeRecovery}, waiting(node("switch", engine.PhaseProcedure), engine.WaitApproval))
	p.start().at("5m").crash()
	owed := p.fold.Owed(true)
	if len(owed) != 2 || owed[0].Kind != Stopped || len(owed[0].To) != 3 || owed[1].Kind != Waiting {
		t.Errorf("%+v", owed)
	}
	if owed = p.fold.Owed(false); len(owed) != 1 {
		t.Errorf("of a live run %d are owed, want the one that it waits for", len(owed))
	}
}

// A plan of which only a few are told says so with roles; one without contacts tells
// whoever reads.
func TestTakes(t *testing.T) {
	m := Message{Topic: TopicFailure, To: []string{"primary", "on_call"}}
	for name, c := range map[string]struct {
		channel Channel
		m       Message
		to      int
		ok      bool
	}{
		"everybody":      {Channel{}, m, 2, true},
		"one of them":    {Channel{Roles: []string{"on_call", "cfo"}}, m, 1, true},
		"none":           {Channel{Roles: []string{"cfo"}}, m, 0, false},
		"another topic":  {Channel{Topics: []Topic{TopicEnd}}, m, 0, false},
		"nobody in plan": {Channel{Roles: []string{"cfo"}}, Message{Topic: TopicEnd}, 0, true},
	} {
		if to, ok := c.channel.Takes(&c.m); ok != c.ok || len(to) != c.to {
			t.Errorf("%s: %v, %v", name, to, ok)
		}
	}
}
