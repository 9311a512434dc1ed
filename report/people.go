package report

import (
	"fmt"

	"github.com/drplan/drplan/engine"
)

// Deed is something that a person did or decided in a run.
type Deed struct {
	At   Instant `json:"at"`
	Who  string  `json:"who"`
	Step string  `json:"step,omitempty"` // with its key
	What string  `json:"what"`
}

// people lists what people did, in the order in which they did it.
func (f *facts) people() []Deed {
	deeds := []Deed{}
	if f.header.User != "" {
		who := f.header.User
		if f.header.Host != "" { // as everybody else is told: user@host
			who += "@" + f.header.Host
		}
		deeds = append(deeds, Deed{At: instant(f.header.Started), Who: who, What: "began the run"})
	}
	prompts := map[instanceID]string{}
	for i := range f.events {
		e := &f.events[i]
		id := instanceID{e.Node, e.Key}
		if e.Kind == engine.WaitStarted {
			prompts[id] = e.Prompt
		}
		if e.By == "" {
			continue
		}
		if what := f.deed(e, prompts[id]); what != "" {
			deeds = append(deeds, Deed{At: instant(e.Wall), Who: e.By, Step: id.String(), What: what})
		}
	}
	return deeds
}

func (f *facts) deed(e *engine.Event, prompt string) string {
	switch e.Kind {
	case engine.WaitEnded:
		return join(f.answer(e), prompt, e.Reason)
	case engine.Settled:
		return settledText(&engine.Event{Verdict: e.Verdict, Reason: e.Reason})
	case engine.CancelRequested:
		return sentence("cancelled the run", "", e.Reason)
	case engine.Reopened:
		if e.Phase == engine.PhaseCleanup {
			return "had the cleanup done"
		}
		return "had the run go on"
	case engine.PlanChanged:
		return "accepted an edited plan"
	case engine.Resumed:
		return "took the run up again"
	}
	return ""
}

func (f *facts) answer(e *engine.Event) string {
	n, _ := f.view.Node(e.Node)
	approval := n.Node != nil && n.Wait == engine.WaitApproval
	switch {
	case approval && e.Outcome == engine.Succeeded:
		return "approved"
	case approval:
		return "rejected"
	case e.Outcome == engine.Succeeded:
		return "said that it is done"
	}
	return fmt.Sprintf("said that it %s", outcomeWords(e.Outcome))
}
