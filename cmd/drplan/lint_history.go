package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report/store"
)

// historyOf finds each drill's newest run, and what is another in the plan since
// then, and how long the next run may take. Without --runs there is no history. Of
// runs that are none of this plan only the headers of journals are read.
func (a *app) historyOf(doc *plans.Document, runs string) (lint.History, error) {
	if runs == "" {
		return nil, nil
	}
	s, ids, err := runsOf(runs)
	if err != nil {
		return nil, err
	}
	out := lint.History{}
	reg := registry()
	for one := range store.Headers(context.Background(), s, ids) { // newest first
		id, h := one.ID, one.Value
		if _, known := out[h.Scenario]; one.Err != nil || known || h.Mode != engine.ModeDrill {
			continue
		}
		c, err := doc.Compile(reg, plans.Selection{Name: h.Scenario, Mode: engine.ModeDrill, Params: missing(doc, h)})
		if err != nil || c.Scenario != h.Scenario || c.Procedure != h.Procedure {
			continue // another plan's drill, or one that does not hold: Check says so
		}
		last := lint.LastDrill{Run: id, At: h.Started}
		for _, d := range engine.Differences(h.Graph, c.Graph) {
			last.Changed = append(last.Changed, d.String())
		}
		if last.Predicted, err = a.predicted(doc, c, runs); err != nil {
			return nil, err
		}
		out[h.Scenario] = last
	}
	return out, nil
}

// predicted is what the runs make expected of the next one; nil: they do not tell.
func (a *app) predicted(doc *plans.Document, c *plans.Compiled, runs string) (*lint.Predicted, error) {
	p, err := a.predictFrom(doc, c, engine.ModeDrill, runs)
	if err != nil || p == nil || p.RTO.Chance == nil {
		return nil, err
	}
	return &lint.Predicted{Runs: p.Runs.Used, P50: p.RTO.P50.Duration, P90: p.RTO.P90.Duration, Bound: p.RTO.Bound, Chance: *p.RTO.Chance}, nil
}

// missing are the parameters of the run that the plan itself gives no value to.
func missing(doc *plans.Document, h engine.Header) map[string]string {
	var params map[string]any
	p, ok := doc.Plan.Procedures.Get(h.Procedure)
	if !ok || json.Unmarshal(h.Params, &params) != nil {
		return nil
	}
	out := map[string]string{}
	for _, param := range p.Params {
		if v, given := params[param.Key.Value]; given && param.Value.Default == nil {
			out[param.Key.Value] = fmt.Sprint(v)
		}
	}
	return out
}
