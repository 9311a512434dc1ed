package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
)

// historyOf finds each drill's newest run, and what is another in the plan since
// then, and how long the next run may take. Without a folder there is no history. Of
// runs that are none of this plan only the headers of journals are read.
func (a *app) historyOf(doc *plans.Document, runs string) (lint.History, error) {
	if runs == "" {
		return nil, nil
	}
	ids, err := listRuns(runs)
	if err != nil {
		return nil, err
	}
	out := lint.History{}
	reg := registry()
	for _, id := range ids { // newest first
		h, ok := headerOf(filepath.Join(runs, id))
		if _, known := out[h.Scenario]; !ok || known || h.Mode != engine.ModeDrill {
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

// pastRuns refuses a folder of runs that is not there.
func pastRuns(runs string) error {
	if runs == "" {
		return nil
	}
	_, err := os.Stat(runs)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no folder %s", runs)
	}
	if err != nil {
		return cannot(err, "name a folder of runs with --runs, or leave it out")
	}
	return nil
}

// predicted is what the runs make expected of the next one; nil: they do not tell.
func (a *app) predicted(doc *plans.Document, c *plans.Compiled, runs string) (*lint.Predicted, error) {
	p, err := a.predictFrom(doc, c, engine.ModeDrill, runs)
	if err != nil || p == nil || !p.RTO.P50.Known {
		return nil, err
	}
	out := &lint.Predicted{Runs: p.Runs.Used, P50: p.RTO.P50.Duration, P90: p.RTO.P90.Duration, Bound: p.RTO.Bound}
	if p.RTO.Chance != nil {
		out.Chance = *p.RTO.Chance
	}
	return out, nil
}

// headerOf reads the first record of a run.
func headerOf(dir string) (engine.Header, bool) {
	for head, err := range journal.Records(dir) {
		h, bad := engine.DecodeHeader(head)
		return h, err == nil && bad == nil
	}
	return engine.Header{}, false
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
