package local

import (
	"context"
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// looksAhead reports whether the preflight of a phase asks the steps of later ones
// too: before anything is changed, and before anything is lost. After that nobody is
// kept from recovering by what may be wrong with the cleanup.
func (d *driver) looksAhead(phase engine.Phase) bool {
	return !d.progress.began || phase == engine.PhaseDisaster
}

// after reports whether phase p comes after q.
func after(p, q engine.Phase) bool {
	return slices.Index(engine.Phases, p) > slices.Index(engine.Phases, q)
}

// mayCome is what may be missing in the preflight of a phase and be there when node
// n starts: because a step before it, which has not run yet, may bring it, or because
// the run has begun. What a step of this run has just restored may still be coming up,
// and is then waited for.
func (d *driver) mayCome(n *node, phase engine.Phase) (things steps.Things) {
	if n.Phase == phase && d.progress.began && phase != engine.PhaseDisaster {
		things = steps.APIServer | steps.Velero
	}
	needed := d.needed(n)
	for id, other := range d.nodes {
		if _, ended := d.progress.outcomes[id]; ended || other.Phase == engine.PhaseDisaster {
			continue // a disaster brings nothing
		}
		if after(n.Phase, other.Phase) || needed[id] {
			things |= other.kind.MayBring(other.spec.Input)
		}
	}
	return things
}

// needed are the steps that n waits for in its own phase.
func (d *driver) needed(n *node) map[string]bool {
	seen := map[string]bool{}
	var visit func(*node)
	visit = func(n *node) {
		for _, id := range n.Needs {
			if !seen[id] {
				seen[id] = true
				visit(d.nodes[id])
			}
		}
	}
	visit(n)
	return seen
}

// askEarly asks what can be asked of a step whose inputs are not all known yet, or
// whose phase is a later one. Inputs that should be known by now, such as a secret,
// are a check of their own.
func (d *driver) askEarly(ctx context.Context, q question) []engine.Check {
	_, asks := q.kind.New().(steps.EarlyPreflighter)
	partial := q.early != ""
	if !asks && (partial || !q.dynamic) || partial && q.ForEach {
		return nil
	}
	name := JoinStep(q.ID, q.key)
	step, in, done, err := d.readyEarly(q)
	if err != nil && partial {
		return nil // what is wrong shows when the rest is known
	}
	if err != nil {
		return []engine.Check{d.checkEarly(q, name, steps.Check{Name: "inputs", Err: err, Defer: true, Lacks: steps.File})}
	}
	defer done()
	asker, asks := step.(steps.EarlyPreflighter)
	if !asks {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	in.Partial = partial
	var checks []engine.Check
	for _, c := range asker.PreflightEarly(ctx, in) {
		checks = append(checks, d.checkEarly(q, name, c))
	}
	return checks
}

// readyEarly is ready with what is known of the inputs.
func (d *driver) readyEarly(q question) (step steps.Step, in *steps.Run, done func(), err error) {
	if q.err != nil {
		return nil, nil, nil, q.err
	}
	a := engine.Attempt{Node: q.ID, Key: q.key}
	if q.early == "" {
		return d.ready(q.bound, a)
	}
	if step, err = q.decodeKnown(); err != nil {
		return nil, nil, nil, err
	}
	in, done, err = d.runOf(q.bound, a)
	return step, in, done, err
}

func (d *driver) checkEarly(q question, name string, c steps.Check) engine.Check {
	check := d.check(name, c, q.brought)
	check.Early = q.ahead
	return check
}
