package main

import (
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report"
)

// byPhase groups a graph's nodes, in the order of the phases and of the plan.
func byPhase(g engine.Graph, each func(engine.Phase, []engine.Node)) {
	for _, phase := range engine.Phases {
		var nodes []engine.Node
		for _, n := range g.Nodes {
			if n.Phase == phase {
				nodes = append(nodes, n)
			}
		}
		if len(nodes) > 0 {
			each(phase, nodes)
		}
	}
}

// remarks are what is special about a step, in a few words.
func remarks(n engine.Node) string {
	spec := specOf(n)
	out := []string{"up to " + report.Duration(n.Timeout)}
	if len(n.Needs) > 0 {
		out = append(out, "needs "+strings.Join(n.Needs, ", "))
	}
	if spec.When != "" {
		out = append(out, "when "+spec.When)
	}
	if n.ForEach {
		out = append(out, "for each item")
	}
	if n.Retry.Attempts > 1 {
		out = append(out, count(n.Retry.Attempts, "attempt"))
	}
	if n.Always {
		out = append(out, "always")
	}
	if n.ContinueOnError {
		out = append(out, "may fail")
	}
	return strings.Join(out, "; ")
}

// titleOf says what a compiled part of a plan is.
func titleOf(c *plans.Compiled, mode engine.Mode) string {
	title := c.Title
	if title == "" {
		title = c.Scenario
	}
	if mode == engine.ModeRecovery {
		return "recovery " + title
	}
	return "drill " + title + " (" + c.Scenario + ")"
}
