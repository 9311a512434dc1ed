package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
	"github.com/hashicorp/go-multierror"
)

// startPreflight asks every step of a phase, all at one time, whether it would
// find the world as it needs it. Nothing is changed by asking.
func (d *driver) startPreflight(phase engine.Phase) {
	var all []question
	for _, n := range d.header.Graph.Nodes {
		if n.Phase == phase && n.Wait == engine.WaitNone {
			all = append(all, d.questions(d.nodes[n.ID])...)
		}
	}
	targets, clusters := d.identities(phase), d.unsurveyed(phase)
	d.workers.Go(func() {
		var who, rest []engine.Check
		var wg sync.WaitGroup
		wg.Go(func() { who = d.identify(d.ctx, targets, false) })
		wg.Go(func() { rest = d.askAll(d.ctx, all) })
		wg.Go(func() { d.survey(d.ctx, clusters) })
		wg.Wait()
		d.inputs <- engine.PreflightResult{Phase: phase, Checks: inOrder(append(who, rest...)), Facts: d.facts.take()}
	})
}

// question is one instance of a step to be asked; a step whose inputs an
// earlier one has yet to give cannot be asked, and is when it starts.
type question struct {
	bound
	early string // why it cannot be asked yet
	err   error
}

func (d *driver) questions(n *node) []question {
	b := d.bind(n, "", nil)
	for _, ref := range n.spec.Refs {
		if _, ended := d.progress.outcomes[ref]; !ended {
			return []question{{bound: b, early: "it reads what " + ref + " has yet to give"}}
		}
	}
	if needed, err := b.when(); err != nil || !needed {
		return nil // the step will be skipped, or say itself what is wrong with its when
	}
	if !n.ForEach {
		return []question{{bound: b}}
	}
	items, err := b.items()
	if err != nil {
		return []question{{bound: b, err: err}}
	}
	var all []question
	for _, it := range items {
		all = append(all, question{bound: d.bind(n, it.Key, it.Value)})
	}
	return all
}

func (d *driver) askAll(ctx context.Context, all []question) []engine.Check {
	answers := make([][]engine.Check, len(all))
	var wg sync.WaitGroup
	for i, q := range all {
		wg.Go(func() { answers[i] = d.askOne(ctx, q) })
	}
	wg.Wait()
	return slices.Concat(answers...)
}

// inOrder puts what stops the run first.
func inOrder(checks []engine.Check) []engine.Check {
	slices.SortStableFunc(checks, func(a, b engine.Check) int { return cmp.Compare(rank(a), rank(b)) })
	return checks
}

func rank(c engine.Check) int {
	if c.Passed() {
		return 1
	}
	return 0
}

func (d *driver) askOne(ctx context.Context, q question) []engine.Check {
	if _, asks := q.kind.New().(steps.Preflighter); !asks && q.err == nil && (q.early != "" || !q.dynamic) {
		return nil // nothing to ask, and its inputs were checked when the plan was compiled
	}
	name := JoinStep(q.ID, q.key)
	if q.early != "" {
		later := engine.Check{Node: q.ID, Name: "preflight", Deferred: true, Message: q.early}
		return append(d.askEarly(ctx, q, name), later)
	}
	if q.err != nil {
		return []engine.Check{d.check(name, steps.Check{Name: "inputs", Err: q.err})}
	}
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	step, in, done, err := d.ready(q.bound, engine.Attempt{Node: q.ID, Key: q.key})
	if err != nil {
		return []engine.Check{d.check(name, steps.Check{Name: "inputs", Err: err})}
	}
	defer done()
	asker, ok := step.(steps.Preflighter)
	if !ok {
		return nil
	}
	var checks []engine.Check
	for _, c := range asker.Preflight(ctx, in) {
		checks = append(checks, d.check(name, c))
	}
	return checks
}

// askEarly asks what can be asked of a step whose inputs are not all known yet.
func (d *driver) askEarly(ctx context.Context, q question, name string) []engine.Check {
	if _, asks := q.kind.New().(steps.EarlyPreflighter); !asks || q.ForEach {
		return nil
	}
	step, err := q.decodeKnown()
	if err != nil {
		return nil // what is wrong shows when the rest is known
	}
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	in, done, err := d.runOf(q.bound, engine.Attempt{Node: q.ID, Key: q.key})
	if err != nil {
		return nil
	}
	defer done()
	var checks []engine.Check
	for _, c := range step.(steps.EarlyPreflighter).PreflightEarly(ctx, in) {
		checks = append(checks, d.check(name, c))
	}
	return checks
}

// preflightTimeout bounds one step's preflight: on the worst day a check that
// hangs must not be what a recovery waits for.
const preflightTimeout = engine.StopGrace / 2

// check turns a kind's check into a record, with the override that a person gave.
func (d *driver) check(step string, c steps.Check) engine.Check {
	d.facts.add(d.noted(c.Facts))
	node, _ := SplitStep(step)
	out := engine.Check{Node: node, Name: c.Name, OK: c.Err == nil && !c.Defer, Hard: c.Hard, Deferred: c.Defer, Message: d.redact.text(c.Message)}
	if c.Err == nil {
		return out
	}
	out.Message = d.redact.text(c.Err.Error())
	if !c.Hard && !c.Defer {
		out.Override = cmp.Or(d.cfg.Overrides[step+"."+c.Name], d.cfg.Overrides[node+"."+c.Name], d.cfg.Overrides[c.Name])
	}
	return out
}

// lateChecks is the preflight of a step that could not be asked before.
func (d *driver) lateChecks(ctx context.Context, step steps.Step, in *steps.Run) error {
	asker, ok := step.(steps.Preflighter)
	if !ok {
		return nil
	}
	var refused *multierror.Error
	for _, c := range asker.Preflight(ctx, in) {
		c.Defer = false // it is now or never
		switch r := d.check(in.StepID, c); {
		case c.Err == nil:
		case r.Passed():
			d.inputs <- lateOverride(r)
		default:
			refused = multierror.Append(refused, fmt.Errorf("preflight %s: %w", c.Name, c.Err))
		}
	}
	return refused.ErrorOrNil()
}
