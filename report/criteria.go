package report

import "github.com/drplan/drplan/engine"

// Criterion is a step that has to succeed for the service to count as back. The
// criteria are those of the plan as it stood before the run.
type Criterion struct {
	Step  string `json:"step"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Phase string `json:"phase"`
}

// criteria lists the verifications of a graph's procedure and checks.
func criteria(g engine.Graph) []Criterion {
	list := []Criterion{}
	for _, n := range g.Nodes {
		if n.Verifies && recovers(n.Phase) {
			list = append(list, Criterion{n.ID, n.Name, n.Type, string(n.Phase)})
		}
	}
	return list
}

// Check is what a preflight check found, of the last time it was made.
type Check struct {
	Phase    string `json:"phase"`
	Step     string `json:"step,omitempty"`
	Name     string `json:"name"`
	OK       bool   `json:"ok"`
	Deferred bool   `json:"deferred,omitempty"`
	Message  string `json:"message,omitempty"`
	Override string `json:"override,omitempty"` // why it was gone on all the same
}

// preflight lists the checks of every phase.
func (f *facts) preflight() []Check {
	last := map[engine.Phase]*engine.Event{}
	for i := range f.events {
		if e := &f.events[i]; e.Kind == engine.PreflightDone {
			last[e.Phase] = e
		}
	}
	list := []Check{}
	for _, phase := range engine.Phases {
		if last[phase] == nil {
			continue
		}
		for _, c := range last[phase].Checks {
			if c.Early && c.Passed() && c.Override == "" {
				continue // its own phase tells, which asked again
			}
			list = append(list, Check{string(phase), c.Node, c.Name, c.OK, c.Deferred, c.Message, c.Override})
		}
	}
	return list
}
