package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// startPreflight asks every step of a phase, all at one time, whether it would
// find the world as it needs it; before the point of no return those of later phases
// as well. Nothing is changed by asking.
func (d *driver) startPreflight(phase engine.Phase) {
	var all []question
	ahead := d.looksAhead(phase)
	for _, n := range d.header.Graph.Nodes {
		later := after(n.Phase, phase)
		if n.Wait != engine.WaitNone || n.Phase != phase && !(ahead && later) {
			continue
		}
		brought := d.mayCome(d.nodes[n.ID], phase)
		for _, q := range d.questions(d.nodes[n.ID]) {
			q.brought, q.ahead, q.patient = brought, later, d.progress.began
			all = append(all, q)
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
	early   string // why it cannot be asked yet
	err     error
	ahead   bool         // its phase is a later one
	brought steps.Things // what may come before it
	patient bool         // the run has begun: what may pass by itself is waited for
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
	if q.ahead {
		return d.askEarly(ctx, q)
	}
	if _, asks := q.kind.New().(steps.Preflighter); !asks && q.err == nil && (q.early != "" || !q.dynamic) {
		return nil // nothing to ask, and its inputs were checked when the plan was compiled
	}
	name := JoinStep(q.ID, q.key)
	if q.early != "" {
		later := engine.Check{Node: q.ID, Name: "preflight", Deferred: true, Message: q.early}
		return append(d.askEarly(ctx, q), later)
	}
	if q.err != nil {
		return []engine.Check{d.check(name, steps.Check{Name: "inputs", Err: q.err}, 0)}
	}
	step, in, done, err := d.ready(q.bound, engine.Attempt{Node: q.ID, Key: q.key})
	if err != nil {
		return []engine.Check{d.check(name, steps.Check{Name: "inputs", Err: err}, 0)}
	}
	defer done()
	asker, ok := step.(steps.Preflighter)
	if !ok {
		return nil
	}
	ask := func() []steps.Check {
		ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
		defer cancel()
		return asker.Preflight(ctx, in)
	}
	found := ask
	if q.patient {
		found = func() []steps.Check { return patiently(ctx, ask, nil) }
	}
	var checks []engine.Check
	for _, c := range found() {
		checks = append(checks, d.check(name, c, q.brought))
	}
	return checks
}

// preflightTimeout bounds one step's preflight: on the worst day a check that
// hangs must not be what a recovery waits for.
const preflightTimeout = engine.StopGrace / 2

// check turns a kind's check into a record, with the override that a person gave.
func (d *driver) check(step string, c steps.Check, brought steps.Things) engine.Check {
	d.facts.add(d.noted(c.Facts))
	node, _ := SplitStep(step)
	c.Defer = c.Defer && (c.Lacks == 0 || c.Lacks&brought != 0)
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
	var refused listed
	ask := func() []steps.Check {
		checks := asker.Preflight(ctx, in)
		for i := range checks {
			checks[i].Defer = false // it is now or never
		}
		return checks
	}
	for _, c := range patiently(ctx, ask, in.Progress) {
		switch r := d.check(in.StepID, c, 0); {
		case c.Err == nil:
		case r.Passed():
			d.inputs <- lateOverride(r)
		default:
			refused.add(fmt.Errorf("preflight %s: %w", c.Name, c.Err))
		}
	}
	return refused.orNil()
}
