package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
)

func drill() engine.Header {
	return engine.Header{
		RunID: "r1", Scenario: "loss", Title: "Loss", Mode: engine.ModeDrill, Objective: engine.Objective{RTO: time.Minute},
		Graph: engine.Graph{Nodes: []engine.Node{
			{ID: "lose", Name: "Lose it", Phase: engine.PhaseDisaster},
			{ID: "restore", Name: "Restore", Phase: engine.PhaseProcedure, ForEach: true},
			{ID: "ask", Name: "Ask", Phase: engine.PhaseProcedure, Wait: engine.WaitApproval},
			{ID: "last", Name: "Last", Phase: engine.PhaseProcedure},
		}},
	}
}

func at(s int, ev engine.Event) engine.Event {
	ev.T = engine.Time(s) * engine.Time(time.Second)
	return ev
}

func story() []engine.Event {
	return []engine.Event{
		at(0, engine.Event{Kind: engine.PhaseStarted, Phase: engine.PhaseDisaster}),
		at(1, engine.Event{Kind: engine.AttemptStarted, Node: "lose", Attempt: 1}),
		at(3, engine.Event{Kind: engine.StepEnded, Node: "lose", Outcome: engine.Succeeded}),
		at(3, engine.Event{Kind: engine.PhaseEnded, Phase: engine.PhaseDisaster, Outcome: engine.Succeeded}),
		at(3, engine.Event{Kind: engine.PhaseStarted, Phase: engine.PhaseProcedure}),
		at(3, engine.Event{Kind: engine.StepResolved, Node: "restore", Items: []engine.Item{{Key: "eu"}, {Key: "us"}}}),
		at(4, engine.Event{Kind: engine.AttemptStarted, Node: "restore", Key: "eu", Attempt: 1}),
		at(4, engine.Event{Kind: engine.AttemptStarted, Node: "restore", Key: "us", Attempt: 1}),
		at(5, engine.Event{Kind: engine.AttemptEnded, Node: "restore", Key: "us", Attempt: 1, Outcome: engine.Failed, Error: "no route"}),
		at(5, engine.Event{Kind: engine.RetryScheduled, Node: "restore", Key: "us", Attempt: 2, Deadline: 20 * time.Second}),
		at(6, engine.Event{Kind: engine.WaitStarted, Node: "ask", Prompt: "Switch \x1b[31mover?"}),
	}
}

func told(t *testing.T, events []engine.Event) *state {
	t.Helper()
	s := newState(drill())
	for _, ev := range events {
		s.apply(ev, time.Unix(0, 0))
	}
	return s
}

func TestFrame(t *testing.T) {
	got := told(t, story()).frame(time.Unix(10, 0), look{width: 72, height: 24})
	want := []string{
		"DRILL Loss 16.0s  r1",
		"✓ disaster   1 step, 3.0s",
		"procedure",
		"  ▶ restore                    12.0s",
		"    ▶ restore[eu]                12.0s",
		"    ↻ restore[us]                12.0s  attempt 2  again in 4.0s",
		"  ? ask                        10.0s  Switch [31mover?",
		"  · last",
		"RTO ██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 15.0s of 1m (25%)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFrameFitsAnyTerminal(t *testing.T) {
	s := told(t, story())
	for width := 20; width < 120; width++ {
		for height := 7; height < 12; height++ {
			frame := s.frame(time.Unix(10, 0), look{width: width, height: height, ascii: true})
			if len(frame) >= height {
				t.Fatalf("%d lines on a terminal of %d", len(frame), height)
			}
			for _, l := range frame {
				if n := len([]rune(l)); n >= width {
					t.Fatalf("%d columns on a terminal of %d: %q", n, width, l)
				}
			}
		}
	}
}

func TestFoldKeepsWhatIsBusy(t *testing.T) {
	s := newState(drill())
	for _, ev := range story() {
		s.apply(ev, time.Unix(0, 0))
	}
	text := strings.Join(s.frame(time.Unix(10, 0), look{width: 80, height: 10}), "\n")
	for _, want := range []string{"restore[us]", "more steps"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "· last") {
		t.Errorf("a pending step took the place of a busy one:\n%s", text)
	}
}

func TestBudgetTurnsRed(t *testing.T) {
	s := told(t, story())
	for seconds, want := range map[int64]string{0: "\x1b[32m", 50: "\x1b[33m", 100: "\x1b[31m"} {
		frame := s.frame(time.Unix(seconds, 0), look{width: 80, height: 24, color: true})
		if last := frame[len(frame)-1]; !strings.Contains(last, want) {
			t.Errorf("after %ds: %q", seconds, last)
		}
	}
}

func TestRecoveryCountsFromTheOutage(t *testing.T) {
	h := drill()
	h.Mode, h.Started = engine.ModeRecovery, time.Unix(1000, 0)
	h.Options.DisasterAt = time.Unix(970, 0)
	s := newState(h)
	frame := s.frame(time.Unix(0, 0), look{width: 80, height: 24})
	if last := frame[len(frame)-1]; !strings.Contains(last, "30.0s of 1m (50%)") {
		t.Errorf("%q", last)
	}
}

func TestReopenedRowsArePendingAgain(t *testing.T) {
	s := told(t, append(story(),
		at(8, engine.Event{Kind: engine.StepEnded, Node: "ask", Outcome: engine.Failed, Error: "no"}),
		at(9, engine.Event{Kind: engine.RunEnded, Result: engine.ResultFailed}),
		at(10, engine.Event{Kind: engine.Reopened})))
	if got := s.rows["ask"].status; got != engine.StatusPending {
		t.Errorf("ask is %s", got)
	}
	if got := s.rows["lose"].outcome; got != engine.Succeeded {
		t.Errorf("lose is %s", got)
	}
}

func TestPlainLines(t *testing.T) {
	var out bytes.Buffer
	p := newPlain(Terminal{Out: &out, fd: -1, getenv: func(string) string { return "" }}, drill(), nil)
	defer p.Close()
	for _, ev := range story() {
		p.Event(ev)
	}
	want := `+0s phase disaster started
+1.0s lose started (attempt 1)
+3.0s lose succeeded
+3.0s phase disaster succeeded
+3.0s phase procedure started
+4.0s restore[eu] started (attempt 1)
+4.0s restore[us] started (attempt 1)
+5.0s restore[us] attempt 1 failed: no route
+5.0s restore[us] will be tried again in 15.0s (attempt 2)
+6.0s ask waits: Switch [31mover?
  answer with: drplan approve r1 ask
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestQuestionIsWithdrawn: answered from elsewhere, a question ends.
func TestQuestionIsWithdrawn(t *testing.T) {
	keys, typed := io.Pipe()
	defer typed.Close()
	var out bytes.Buffer
	p := newPlain(Terminal{Out: &out, fd: -1}, drill(), NewKeyboard(keys))
	defer p.Close()
	p.Past(story())
	failed := make(chan error)
	go func() {
		_, err := p.Ask(t.Context(), "ask", "Switch over?")
		failed <- err
	}()
	p.Event(at(7, engine.Event{Kind: engine.WaitEnded, Node: "ask"}))
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestTypedTooEarly: what was typed before the question answers nothing.
func TestTypedTooEarly(t *testing.T) {
	in, typed := io.Pipe()
	k := NewKeyboard(in)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.ReadLine(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for _, line := range []string{"yes\n", "maybe\n"} { // once the second is read, the first was dealt with
		if _, err := io.WriteString(typed, line); err != nil {
			t.Fatal(err)
		}
	}
	defer in.Close() // ends the typing
	go func() {
		for err := error(nil); err == nil; { // until the question is open
			_, err = io.WriteString(typed, "no\n")
		}
	}()
	got, err := k.ReadLine(t.Context())
	if err != nil || got == "yes" {
		t.Errorf("%q answered, %v", got, err)
	}
}

func TestDetect(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	pipe := Detect(&bytes.Buffer{}, env("TERM", "xterm"))
	if pipe.TTY || pipe.Color || pipe.ASCII || pipe.Terminal() {
		t.Errorf("a pipe is taken for %+v", pipe)
	}
	if w, h := Detect(&bytes.Buffer{}, env("COLUMNS", "40", "LINES", "9")).Size(); w != 40 || h != 9 {
		t.Errorf("%d × %d", w, h)
	}
	if w, _ := Detect(&bytes.Buffer{}, env("COLUMNS", "3")).Size(); w != leastWidth {
		t.Errorf("width %d", w)
	}
	if !Detect(&bytes.Buffer{}, env("LC_ALL", "C", "LANG", "de_DE.UTF-8")).ASCII {
		t.Error("LC_ALL=C has no UTF-8")
	}
}
