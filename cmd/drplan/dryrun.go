package main

import (
	"fmt"
	"io"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

type dryRun struct {
	Scenario    string         `json:"scenario"`
	Procedure   string         `json:"procedure"`
	Mode        engine.Mode    `json:"mode"`
	Params      map[string]any `json:"params"`
	RTO         *float64       `json:"rto_target_seconds"`
	RPO         *float64       `json:"rpo_target_seconds"`
	Steps       []dryStep      `json:"steps"`
	NotRunnable plans.Findings `json:"not_runnable"`
}

type dryStep struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	Phase   engine.Phase `json:"phase"`
	Needs   []string     `json:"needs"`
	Timeout float64      `json:"timeout_seconds"`
}

// dryRun shows what would run, and why it would not. Nothing is contacted.
func (a *app) dryRun(doc *plans.Document, c *plans.Compiled, mode engine.Mode, output string) error {
	var err error
	if output == "text" {
		err = writeDryRun(a.out, c, mode)
	} else {
		err = writeJSON(a.out, dryRunOf(c, mode))
	}
	if err == nil && len(c.NotRunnable) > 0 {
		return cannot(c.NotRunnable, fmt.Sprintf("%s cannot be run as it is", doc.Path))
	}
	return err
}

func writeDryRun(w io.Writer, c *plans.Compiled, mode engine.Mode) error {
	fmt.Fprintf(w, "%s: this is what would run, in this order\n", titleOf(c, mode))
	i := 0
	byPhase(c.Graph, func(phase engine.Phase, nodes []engine.Node) {
		fmt.Fprintf(w, "\n%s\n", phase)
		for _, n := range nodes {
			i++
			fmt.Fprintf(w, "  %2d. %s  [%s]\n      %s: %s\n", i, n.Name, n.Type, n.ID, remarks(n))
			for _, line := range byHand(n, c.Params) {
				fmt.Fprintf(w, "      $ %s\n", line)
			}
		}
	})
	_, err := fmt.Fprintf(w, "\n%s; nothing was run\n", count(len(c.Graph.Nodes), "step"))
	return err
}

func dryRunOf(c *plans.Compiled, mode engine.Mode) dryRun {
	out := dryRun{
		Scenario: c.Scenario, Procedure: c.Procedure, Mode: mode, Params: c.Params, NotRunnable: append(plans.Findings{}, c.NotRunnable...),
		RTO: target(c.Objective.RTO), RPO: target(c.Objective.RPO), Steps: []dryStep{},
	}
	byPhase(c.Graph, func(phase engine.Phase, nodes []engine.Node) {
		for _, n := range nodes {
			out.Steps = append(out.Steps, dryStep{n.ID, n.Name, n.Type, phase, append([]string{}, n.Needs...), n.Timeout.Seconds()})
		}
	})
	return out
}

func target(d engine.Span) *float64 {
	if d == 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}
