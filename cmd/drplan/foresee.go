package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/predict"
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

	predicted *predict.Prediction // from earlier runs; nil: there are none
}

// foresee asks the steps, all at one time. It reads, and changes nothing.
func (a *app) foresee(h engine.Header) (*foresight, error) {
	ctx, cancel := context.WithTimeout(context.Background(), foreseeTimeout)
	defer cancel()
	seen, err := local.Foresee(ctx, local.Config{Registry: registry(), Secrets: secrets(a.getenv)}, h)
	if err != nil {
		return nil, err
	}
	f := &foresight{steps: seen}
	estimates := make(map[string]engine.Span, len(seen))
	for id, one := range seen {
		estimates[id] = one.Estimate
	}
	f.planned = engine.Expect(h.Graph, estimates).Recovery(h.Graph)
	for _, n := range h.Graph.Nodes {
		switch {
		case !n.Phase.Recovers():
		case seen[n.ID].NoEstimate == "":
			f.known++
		default:
			f.unknown++
		}
	}
	return f, nil
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
