package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
)

// notes lists what a reader should know before trusting the numbers, in the
// order in which it happened.
func (f *facts) notes() []Note {
	notes := []Note{}
	gaps := f.line.gaps
	for i := range f.events {
		e := &f.events[i]
		var g gap
		if e.Kind == engine.Resumed || e.Kind == engine.Reopened {
			g, gaps = gaps[0], gaps[1:]
		}
		for _, n := range noteOf(e, g) {
			if n.Kind == "overridden" && slices.ContainsFunc(notes, n.same) {
				continue // a phase that is taken up again makes its checks again
			}
			n.At = instant(e.Wall)
			notes = append(notes, n)
		}
	}
	return append(notes, f.tolerated()...)
}

func (n Note) same(other Note) bool {
	return n.Kind == other.Kind && n.Step == other.Step && n.Text == other.Text
}

func noteOf(e *engine.Event, g gap) []Note {
	switch e.Kind {
	case engine.Resumed:
		notes := []Note{{Kind: "resumed", Text: resumedText(g, e.By)}}
		if e.Reason != "" {
			notes = append(notes, Note{Kind: "clock", Text: e.Reason})
		}
		return notes
	case engine.Reopened:
		return []Note{{Kind: "reopened", Text: reopenedText(e, g)}}
	case engine.Settled:
		return []Note{{Kind: "settled", Step: instanceID{e.Node, e.Key}.String(), Text: settledText(e)}}
	case engine.PreflightDone:
		return overridden(e.Checks)
	case engine.JournalCut:
		return []Note{{Kind: "journal_cut", Text: e.Reason}}
	case engine.PlanChanged:
		return []Note{{Kind: "plan_changed", Text: planText(e)}}
	case engine.CancelRequested:
		return []Note{{Kind: "cancelled", Text: sentence("the run was cancelled", e.By, e.Reason)}}
	case engine.Noted:
		return []Note{{Kind: "noted", Step: e.Node, Text: e.Reason}}
	}
	return nil
}

func (id instanceID) String() string {
	if id.key == "" {
		return id.node
	}
	return id.node + "[" + id.key + "]"
}

func resumedText(g gap, by string) string {
	if by != "" {
		by = " by " + by
	}
	how := "a crash"
	if g.clean {
		how = "a stop"
	}
	counts := "drplan being down"
	if g.byHand {
		counts = "people's: a step was done by hand"
	}
	return fmt.Sprintf("resumed%s after %s, %s after its last record by the wall clock; that time counts as %s", by, how, Duration(g.to-g.from), counts)
}

func reopenedText(e *engine.Event, g gap) string {
	what := "the run had ended badly, and went on"
	if e.Phase == engine.PhaseCleanup {
		what = "the cleanup was done later"
	}
	text := fmt.Sprintf("%s %s after its end", sentence(what, e.By, ""), Duration(g.to-g.from))
	if g.byHand {
		text += ", a time that counts as people's: a step was done by hand"
	}
	return join(text, e.Reason)
}

func settledText(e *engine.Event) string {
	what := map[engine.Verdict]string{
		engine.VerdictDone:   "settled as done by hand",
		engine.VerdictFailed: "settled as failed",
		engine.VerdictRerun:  "settled to run again",
	}[e.Verdict]
	return sentence(what, e.By, e.Reason)
}

func overridden(checks []engine.Check) []Note {
	var notes []Note
	for _, c := range checks {
		if c.OK || c.Deferred || c.Override == "" || c.Hard {
			continue
		}
		notes = append(notes, Note{Kind: "overridden", Step: c.Node,
			Text: fmt.Sprintf("the check %s did not hold (%s) and was overridden: %s", c.Name, c.Message, c.Override)})
	}
	return notes
}

func planText(e *engine.Event) string {
	text := "an edited plan was accepted"
	if e.Plan != nil && len(e.Plan.SHA256) >= 12 {
		text += " (sha256 " + e.Plan.SHA256[:12] + "…)"
	}
	return sentence(text, e.By, "")
}

// sentence adds who and why.
func sentence(what, who, why string) string {
	if who != "" {
		what += " by " + who
	}
	if why = strings.TrimSpace(why); why != "" {
		what += ": " + why
	}
	return what
}

// tolerated lists steps that failed and were meant to be able to.
func (f *facts) tolerated() []Note {
	var notes []Note
	for n := range f.view.Nodes() {
		if n.ContinueOnError && (n.Outcome == engine.Failed || n.Outcome == engine.TimedOut) {
			notes = append(notes, Note{At: instant(f.wall(n.Ended)), Kind: "tolerated", Step: n.ID,
				Text: fmt.Sprintf("%s, and the run went on (continue_on_error): %s", outcomeWords(n.Outcome), n.Error)})
		}
	}
	return notes
}
