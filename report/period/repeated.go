package period

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Repeated is a step that failed by itself in several runs, one of them in the period:
// in the same way each time.
type Repeated struct {
	Step      string         `json:"step"`  // without the key of an instance; empty: a check of no step
	How       string         `json:"how"`   // failed, in_doubt, or refused: by a check before its phase
	Scope     string         `json:"scope"` // the procedure that it is a step of, or the drill
	Phase     string         `json:"phase"`
	InPeriod  int            `json:"runs_in_period"`
	Ever      int            `json:"runs_ever"`
	Of        int            `json:"of_runs_in_period"` // that had the same scope
	LastRun   string         `json:"last_run"`
	LastAt    report.Instant `json:"last_at"`
	LastError string         `json:"last_error"`
	Runs      []string       `json:"runs"` // those of the period
}

// failing is where something failed: a step of a procedure is the same one in each
// drill that practises the procedure.
type failing struct{ scope, phase, step, how string }

func failingAt(s *report.Summary, c report.Cause) failing {
	id, _, _ := strings.Cut(c.Step, "[")
	how := c.Status
	if how == string(engine.TimedOut) { // a failure like others
		how = string(engine.Failed)
	}
	for _, st := range s.Steps {
		if st.ID == id {
			return failing{scopeOf(s.Scenario, s.Procedure, st.Phase), st.Phase, id, how}
		}
	}
	return failing{scopeOf(s.Scenario, s.Procedure, ""), "", id, how}
}

func scopeOf(scenario, procedure, phase string) string {
	if phase == string(engine.PhaseProcedure) && procedure != "" {
		return procedure
	}
	return scenario
}

// repeated lists what failed in at least two runs, in the period at least once.
func repeated(before, now []*Run) []Repeated {
	list := []Repeated{}
	at := map[failing]int{}
	for _, r := range now {
		for _, f := range eachOnce(r) {
			i, ok := at[f.place]
			if !ok {
				i = len(list)
				at[f.place] = i
				list = append(list, Repeated{Step: f.place.step, How: f.place.how, Scope: f.place.scope, Phase: f.place.phase})
			}
			m := &list[i]
			m.InPeriod, m.Ever = m.InPeriod+1, m.Ever+1
			m.LastRun, m.LastAt, m.LastError = r.ID, r.StartedAt, f.Error
			m.Runs = append(m.Runs, r.ID)
		}
	}
	for _, r := range before {
		for _, f := range eachOnce(r) {
			if i, ok := at[f.place]; ok {
				list[i].Ever++
			}
		}
	}
	list = slices.DeleteFunc(list, func(m Repeated) bool { return m.Ever < 2 })
	for i := range list {
		for _, r := range now {
			if scopeOf(r.Scenario, r.Procedure, list[i].Phase) == list[i].Scope {
				list[i].Of++
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Repeated) int { return b.InPeriod - a.InPeriod })
	return list
}

// eachOnce are a run's failures, a step with several instances once.
func eachOnce(r *Run) []Failure {
	var list []Failure
	for _, f := range r.Failures {
		if !slices.ContainsFunc(list, func(g Failure) bool { return g.place == f.place }) {
			list = append(list, f)
		}
	}
	return list
}
