package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/report"
)

// foreseeTimeout bounds how long a dry run asks the world.
const foreseeTimeout = 3 * time.Second

// foresight is what can be said of a run before it: step by step, and of the
// recovery as a whole.
type foresight struct {
	steps   map[string]local.Foresight
	planned engine.Span // of the recovery, along the longest chain of its steps
	known   int         // so many of the recovery's steps have an estimate
	unknown int         // so many have none
}

// foresee asks the steps, all at one time. It reads, and changes nothing.
func (a *app) foresee(h engine.Header) (*foresight, error) {
	ctx, cancel := context.WithTimeout(context.Background(), foreseeTimeout)
	defer cancel()
	seen, err := local.Foresee(ctx, local.Config{Registry: registry(), Secrets: secrets(a.getenv)}, h)
	if err != nil {
		return nil, err
	}
	f := &foresight{steps: seen, planned: longest(h.Graph, seen)}
	for _, n := range h.Graph.Nodes {
		switch {
		case !recovers(n.Phase):
		case seen[n.ID].NoEstimate == "":
			f.known++
		default:
			f.unknown++
		}
	}
	return f, nil
}

// recovers reports whether a phase is on the clock of the RTO.
func recovers(p engine.Phase) bool {
	return p == engine.PhaseDisaster || p == engine.PhaseProcedure || p == engine.PhaseChecks
}

// longest is how long the recovery takes when each step begins once those are
// over that it needs, and each phase once the one before is. A step without an
// estimate counts nothing.
func longest(g engine.Graph, seen map[string]local.Foresight) engine.Span {
	nodes := make(map[string]engine.Node, len(g.Nodes))
	for _, n := range g.Nodes {
		nodes[n.ID] = n
	}
	ends := map[string]engine.Span{}
	var begin engine.Span // of the phase
	var end func(n engine.Node) engine.Span
	end = func(n engine.Node) engine.Span {
		if at, ok := ends[n.ID]; ok {
			return at
		}
		at := begin
		for _, id := range n.Needs {
			if recovers(nodes[id].Phase) {
				at = max(at, end(nodes[id]))
			}
		}
		ends[n.ID] = at + seen[n.ID].Estimate
		return ends[n.ID]
	}
	for _, phase := range engine.Phases {
		over := begin
		for _, n := range g.Nodes {
			if n.Phase == phase && recovers(phase) {
				over = max(over, end(n))
			}
		}
		begin = over
	}
	return begin
}

// writeStep tells of one step below its line.
func (f *foresight) writeStep(w io.Writer, id string) {
	s := f.steps[id]
	for i, line := range s.Preview {
		indent := "      "
		if i > 0 {
			indent = "        "
		}
		fmt.Fprintf(w, "%s%s\n", indent, line)
	}
	if s.NoPreview != "" {
		fmt.Fprintf(w, "      what it would do cannot be told: %s\n", s.NoPreview)
	}
}

// remark is a step's estimate for the line of its remarks; "" where it has none.
func (f *foresight) remark(id string) string {
	s, asked := f.steps[id]
	if !asked || s.NoEstimate != "" {
		return ""
	}
	return "about " + report.Duration(s.Estimate) + "; "
}

// sum is the planned RTO beside its target.
func (f *foresight) sum(target engine.Span) string {
	of := ""
	if target > 0 {
		of = " of " + report.Duration(target)
	}
	switch {
	case f.known == 0 && target > 0:
		return fmt.Sprintf("RTO target %s; no step of the recovery has an estimate", report.Duration(target))
	case f.known == 0:
		return "no step of the recovery has an estimate"
	case f.unknown == 0:
		return fmt.Sprintf("RTO planned %s%s", report.Duration(f.planned), of)
	}
	have := "have"
	if f.unknown == 1 {
		have = "has"
	}
	return fmt.Sprintf("RTO planned %s%s; %s %s no estimate", report.Duration(f.planned), of, count(f.unknown, "step"), have)
}
