package ui

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
)

// TestPlainSaysWhatWaits: where nobody sees a live row, a step that waits says for
// what, and again as long as it does; one that gets on fills no log.
func TestPlainSaysWhatWaits(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := plainAt(Terminal{Out: &out, fd: -1}, drill(), nil, func() time.Time { return now })
	p.Event(at(0, engine.Event{Kind: engine.AttemptStarted, Node: "last", Attempt: 1}))
	out.Reset()
	for range 200 { // a second each
		switch s := int(now.Unix()); {
		case s == 2:
			p.Progress("last", "it waits for\nthe restore other")
		case s >= 100 && s < 160:
			p.Progress("last", time.Duration(s).String()+" of 300 MiB")
		case s == 160:
			p.Event(at(160, engine.Event{Kind: engine.AttemptEnded, Node: "last", Attempt: 1, Outcome: engine.Succeeded}))
			p.Progress("last", "a word too late")
		}
		p.sayWhatWaits()
		now = now.Add(time.Second)
	}
	want := `+12.0s last goes on: it waits for the restore other
+1m12s last goes on: it waits for the restore other
+1m40s last goes on: 100ns of 300 MiB
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestPreflightLineTellsWhatWasPutOff: a check that nobody could make does not pass
// for one that held.
func TestPreflightLineTellsWhatWasPutOff(t *testing.T) {
	off := func(node, name, why string) engine.Check {
		return engine.Check{Node: node, Name: name, Deferred: true, Message: why}
	}
	silent := "https://10.0.0.1:6443 does not answer"
	ev := engine.Event{Kind: engine.PreflightDone, Phase: engine.PhaseSetup, Outcome: engine.Succeeded, Checks: []engine.Check{
		{Node: "a", Name: "program", OK: true}, off("b", "preflight", "it reads what a has yet to give"),
		off("c", "api_server", silent), off("d", "api_server", silent), off("e", "api_server", silent), off("f", "canary_place", ""), off("g", "x", "y"),
	}}
	want := "preflight of setup succeeded, 7 checks, 6 put off: c.api_server and 2 more: " + silent +
		"; b.preflight: it reads what a has yet to give; f.canary_place: canary_place; 1 more reason"
	if diff := cmp.Diff(want, Line(ev)); diff != "" {
		t.Error(diff)
	}
	ev.Outcome, ev.Checks[0] = engine.Failed, engine.Check{Node: "a", Name: "program", Message: "there is none"}
	if got, want := Line(ev), "preflight of setup failed, 7 checks, 6 put off: a.program: there is none"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
