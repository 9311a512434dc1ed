package main

import (
	"fmt"
	"io"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/notify"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report/predict"
)

type dryRun struct {
	Scenario    string         `json:"scenario"`
	Procedure   string         `json:"procedure"`
	Mode        engine.Mode    `json:"mode"`
	Params      map[string]any `json:"params"`
	RTO         *float64       `json:"rto_target_seconds"`
	RPO         *float64       `json:"rpo_target_seconds"`
	Planned     *float64       `json:"rto_planned_seconds"`    // null where no step of the recovery has an estimate
	Unestimated int            `json:"steps_without_estimate"` // of the recovery
	Predicted   *predict.RTO   `json:"rto_predicted"`          // null where there are no earlier runs
	Steps       []dryStep      `json:"steps"`
	NotRunnable plans.Findings `json:"not_runnable"`
	Telling     *dryTelling    `json:"notifications"` // null where nobody is told
}

type dryStep struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	Phase   engine.Phase `json:"phase"`
	Needs   []string     `json:"needs"`
	Timeout float64      `json:"timeout_seconds"`

	Estimate   *float64 `json:"estimate_seconds"`
	NoEstimate string   `json:"no_estimate,omitempty"` // why
	Preview    []string `json:"preview,omitempty"`     // what it would do
	NoPreview  string   `json:"no_preview,omitempty"`  // why that cannot be told
}

// dryRun shows what would run, or why it would not. The steps may read the world
// to tell how long they would take and what they would do; nothing is changed.
func (a *app) dryRun(doc *plans.Document, c *plans.Compiled, h engine.Header, o runOptions) error {
	seen := &foresight{}
	var err error
	if len(c.NotRunnable) == 0 { // of a placeholder there is nothing to ask
		if seen, err = a.foresee(h); err != nil {
			return err
		}
		if seen.predicted, err = predictDry(h, c, o.runs, seen); err != nil {
			return err
		}
	}
	telling := a.tells(doc, o.driveOptions, "").config
	if o.output == "text" {
		err = writeDryRun(a.out, c, h.Mode, seen, telling)
	} else {
		out := dryRunOf(c, h.Mode, seen)
		out.Telling = dryTellingOf(telling)
		err = writeJSON(a.out, out)
	}
	if err == nil && len(c.NotRunnable) > 0 {
		return cannot(c.NotRunnable, fmt.Sprintf("%s cannot be run as it is", doc.Path))
	}
	return err
}

// predictDry predicts the run from earlier ones and what the kinds have said; nil where
// there are no earlier runs. A folder of runs that cannot be read takes nothing from a
// dry run.
func predictDry(h engine.Header, c *plans.Compiled, runs string, seen *foresight) (*predict.Prediction, error) {
	past, err := pastOf(h, runs, false)
	if err != nil || len(past.Runs) == 0 {
		return nil, nil //nolint:nilerr // see above
	}
	s, err := subjectOf(h, c, past, seen.steps)
	if err != nil {
		return nil, err
	}
	return predict.Predict(s, predict.Options{Samples: asideSamples, Seed: 1})
}

func writeDryRun(w io.Writer, c *plans.Compiled, mode engine.Mode, seen *foresight, telling notify.Config) error {
	fmt.Fprintf(w, "%s: this is what would run, in this order\n", titleOf(c, mode))
	i := 0
	byPhase(c.Graph, func(phase engine.Phase, nodes []engine.Node) {
		fmt.Fprintf(w, "\n%s\n", phase)
		for _, n := range nodes {
			i++
			fmt.Fprintf(w, "  %2d. %s  [%s]\n      %s: %s%s\n", i, n.Name, n.Type, n.ID, seen.remark(n.ID), remarks(n))
			seen.writeStep(w, n.ID)
			for _, line := range byHand(n, c.Params) {
				fmt.Fprintf(w, "      $ %s\n", line)
			}
		}
	})
	if seen.steps != nil {
		fmt.Fprintf(w, "\n%s\n", seen.sum(c.Objective.RTO))
	}
	if p := seen.predicted; p != nil && p.Line() != "" {
		fmt.Fprintf(w, "predicted from %s: %s\n", count(p.Runs.Used, "earlier run"), p.Line())
	}
	writeTelling(w, telling)
	_, err := fmt.Fprintf(w, "\n%s; nothing was run\n", count(len(c.Graph.Nodes), "step"))
	return err
}

func dryRunOf(c *plans.Compiled, mode engine.Mode, seen *foresight) dryRun {
	out := dryRun{
		Scenario: c.Scenario, Procedure: c.Procedure, Mode: mode, Params: c.Params, NotRunnable: append(plans.Findings{}, c.NotRunnable...),
		RTO: target(c.Objective.RTO), RPO: target(c.Objective.RPO), Steps: []dryStep{},
		Unestimated: seen.unknown,
	}
	if seen.predicted != nil {
		out.Predicted = &seen.predicted.RTO
	}
	if seen.known > 0 {
		out.Planned = seconds(seen.planned)
	}
	byPhase(c.Graph, func(phase engine.Phase, nodes []engine.Node) {
		for _, n := range nodes {
			out.Steps = append(out.Steps, dryStepOf(n, seen))
		}
	})
	return out
}

func dryStepOf(n engine.Node, seen *foresight) dryStep {
	out := dryStep{ID: n.ID, Name: n.Name, Type: n.Type, Phase: n.Phase, Needs: append([]string{}, n.Needs...), Timeout: n.Timeout.Seconds()}
	if f, asked := seen.steps[n.ID]; asked {
		out.NoEstimate, out.Preview, out.NoPreview = f.NoEstimate, f.Preview, f.NoPreview
		if f.NoEstimate == "" {
			out.Estimate = seconds(f.Estimate)
		}
	}
	return out
}

func target(d engine.Span) *float64 {
	if d == 0 {
		return nil
	}
	return seconds(d)
}

func seconds(d engine.Span) *float64 {
	s := d.Seconds()
	return &s
}
