package main

import (
	"context"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report/history"
	"github.com/drplan/drplan/report/predict"
)

// asideSamples are enough where a prediction stands beside something else.
const asideSamples = 1000

// pastOf finds the earlier runs that tell of what h would run. A folder that people
// named must be there.
func pastOf(h engine.Header, runs string, named bool) (*history.History, error) {
	s, err := openStore(runs)
	if err == nil && named {
		err = mustBeThere(s)
	}
	if err != nil {
		return nil, err
	}
	ids, err := runsIn(s)
	if err != nil {
		return nil, err
	}
	h.Plan = sourced(h.Plan)
	return history.Read(context.Background(), s, ids, h)
}

// subjectOf is what is known of a run before it. estimates are those of the kinds;
// nil where nobody was asked.
func subjectOf(h engine.Header, c *plans.Compiled, past *history.History, estimates map[string]local.Foresight) (predict.Subject, error) {
	early, err := local.ResolveEarly(local.Config{Registry: registry()}, h)
	if err != nil {
		return predict.Subject{}, err
	}
	s := predict.Subject{Header: h, Past: past, Known: make(map[string]predict.Known, len(early))}
	for _, n := range h.Graph.Nodes {
		s.Known[n.ID] = knownOf(n, early[n.ID], c.Planned, estimates)
	}
	return s, nil
}

func knownOf(n engine.Node, early local.Early, planned map[string]engine.Span, estimates map[string]local.Foresight) predict.Known {
	k := predict.Known{When: early.When, Items: early.Items, Source: predict.SourceNone}
	length, ok := planned[n.ID]
	if early.WaitFor != nil && n.Wait != engine.WaitApproval {
		length, ok = *early.WaitFor, true
	}
	if ok {
		k.Takes, k.Source = length, predict.SourcePlanned
		if n.Wait == engine.WaitTimer {
			k.WaitFor = length
		}
		return k
	}
	if f, asked := estimates[n.ID]; asked && f.NoEstimate == "" && !n.ForEach {
		k.Takes, k.Source = f.Estimate, predict.SourceEstimated
	}
	return k
}

// predictFrom predicts a run from earlier ones, without asking anybody
// else; nil where there are none of it.
func (a *app) predictFrom(doc *plans.Document, c *plans.Compiled, mode engine.Mode, runs string) (*predict.Prediction, error) {
	h, err := a.newHeader(doc, c, mode, runOptions{})
	if err != nil {
		return nil, err
	}
	past, err := pastOf(h, runs, true)
	if err != nil || len(past.Runs) == 0 {
		return nil, err
	}
	s, err := subjectOf(h, c, past, nil)
	if err != nil {
		return nil, err
	}
	return predict.Predict(s, predict.Options{Samples: asideSamples, Seed: 1})
}
