package local

import (
	"encoding/json"

	"github.com/drplan/drplan/engine"
)

// progress is what the driver must remember of the events: which steps gave
// which outputs, and what the resolved instances are. It is a fold, so that a
// resumed run has the same.
type progress struct {
	outcomes map[string]engine.Outcome
	outputs  map[string]json.RawMessage
	items    map[string]map[string]json.RawMessage // node → key → value
	deferred map[string]bool                       // nodes whose preflight waits for their start
	held     map[string]bool                       // node.check of those that held
	awaited  map[string]bool                       // node.check of those that wait for their start
	began    bool                                  // a phase got past its preflight
	phase    engine.Phase                          // the one that runs; "" between phases
	last     engine.Stamp
	closing  engine.Event // run_ended or run_stopped, where it is the last
}

func newProgress() *progress {
	return &progress{
		outcomes: map[string]engine.Outcome{},
		outputs:  map[string]json.RawMessage{},
		items:    map[string]map[string]json.RawMessage{},
		deferred: map[string]bool{},
		held:     map[string]bool{},
		awaited:  map[string]bool{},
	}
}

func (p *progress) apply(ev engine.Event) {
	p.last = engine.Stamp{T: ev.T, Wall: ev.Wall}
	p.closing = engine.Event{}
	switch ev.Kind {
	case engine.PhaseStarted:
		p.phase = ev.Phase
	case engine.PhaseEnded:
		p.phase = ""
	case engine.PreflightDone:
		p.began = p.began || ev.Outcome == engine.Succeeded
		for _, c := range ev.Checks {
			if c.Early {
				continue // its own phase asks again
			}
			p.deferred[c.Node] = p.deferred[c.Node] || c.Deferred
			p.held[c.Node+"."+c.Name] = p.held[c.Node+"."+c.Name] || c.OK
			p.awaited[c.Node+"."+c.Name] = c.Deferred
		}
	case engine.StepResolved:
		p.items[ev.Node] = itemValues(ev.Items)
	case engine.StepEnded:
		if ev.Key == "" {
			p.outcomes[ev.Node], p.outputs[ev.Node] = ev.Outcome, ev.Outputs
		}
	case engine.Settled:
		if ev.Verdict == engine.VerdictDone && ev.Key == "" {
			p.outcomes[ev.Node], p.outputs[ev.Node] = engine.Succeeded, ev.Outputs
		}
	case engine.RunEnded, engine.RunStopped:
		p.closing = ev
	}
}

// follow takes over what the core says of the steps. Reopening a run and
// accepting an edited plan change more than their events spell out.
func (p *progress) follow(v engine.View) {
	clear(p.outcomes)
	clear(p.outputs)
	for n := range v.Nodes() {
		if n.Outcome != "" {
			p.outcomes[n.ID], p.outputs[n.ID] = n.Outcome, n.Outputs
		}
	}
}

func itemValues(items []engine.Item) map[string]json.RawMessage {
	values := make(map[string]json.RawMessage, len(items))
	for _, it := range items {
		values[it.Key] = it.Value
	}
	return values
}
