package local

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// The names of the checks that a target is the one that the plan pins: what
// --override takes.
const (
	clusterIdentity = "cluster_identity"
	hostIdentity    = "host_identity"
)

// Identify reads who a cluster or a host really is and holds it against what
// the plan pins. It returns what was found; an error says that it is another
// one, or that it could not be asked. What is nil is not asked.
type Identify struct {
	Cluster func(context.Context, steps.Cluster) (found string, err error)
	Host    func(context.Context, steps.Host) (found string, err error)
}

// identity is one target to be asked who it is, on behalf of a step that
// touches it.
type identity struct {
	node, check, target string
	brought             steps.Things // before the node
	ask                 func(context.Context) (found string, err error)
}

// identities lists the pinned targets of a phase that this run has not yet
// found to be the right ones. One that has been proven may be down by now: the
// disaster of a drill sees to that.
func (d *driver) identities(phase engine.Phase) []identity {
	known := map[string]bool{}
	var all []identity
	for _, n := range d.header.Graph.Nodes {
		for _, t := range d.targets(d.nodes[n.ID]) {
			known[t.target] = known[t.target] || d.progress.held[t.node+"."+t.check]
			if n.Phase == phase {
				t.brought = d.mayCome(d.nodes[n.ID], phase)
				all = append(all, t)
			}
		}
	}
	return once(all, known)
}

// once keeps one of each target that is not known.
func once(all []identity, known map[string]bool) (left []identity) {
	for _, t := range all {
		if !known[t.target] {
			left = append(left, t)
		}
		known[t.target] = true
	}
	return left
}

func (d *driver) targets(n *node) []identity {
	var all []identity
	ask := d.cfg.Identify
	if c := n.spec.Cluster; c != nil && c.Pinned() && ask.Cluster != nil {
		all = append(all, identity{node: n.ID, check: clusterIdentity, target: "the cluster " + c.Name,
			ask: func(ctx context.Context) (string, error) { return ask.Cluster(ctx, *c) }})
	}
	if h := n.spec.Host; h != nil && h.Pinned() && ask.Host != nil {
		all = append(all, identity{node: n.ID, check: hostIdentity, target: "the host " + h.Name,
			ask: func(ctx context.Context) (string, error) { return ask.Host(ctx, *h) }})
	}
	return all
}

// identify asks all of them at one time. In a drill the answer stands: what
// may be the wrong cluster is never practised on. A recovery may begin where
// nothing leads to the cluster yet, and asks just before each step.
func (d *driver) identify(ctx context.Context, all []identity, late bool) []engine.Check {
	checks := make([]engine.Check, len(all))
	var wg sync.WaitGroup
	for i, t := range all {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
			defer cancel()
			c := steps.Check{Name: t.check, Hard: d.header.Mode == engine.ModeDrill}
			found, err := t.ask(ctx)
			if err != nil {
				c.Err = fmt.Errorf("%s: %w", t.target, err)
				c.Defer, c.Lacks = !c.Hard && !late && errors.Is(err, steps.ErrNoTarget), steps.File
			}
			c.Message = t.target + ": " + found
			checks[i] = d.check(t.node, c, t.brought)
		})
	}
	wg.Wait()
	return checks
}

// awaited lists the targets of a step of which nobody could be asked before its
// phase who they are.
func (d *driver) awaited(n *node) (left []identity) {
	waits := map[string]bool{}
	for _, other := range d.header.Graph.Nodes {
		for _, t := range d.targets(d.nodes[other.ID]) {
			waits[t.target] = waits[t.target] || d.progress.awaited[t.node+"."+t.check]
		}
	}
	for _, t := range d.targets(n) {
		if waits[t.target] {
			left = append(left, t)
		}
	}
	return left
}

// lateIdentities holds a step back from a target that turns out to be another.
func (d *driver) lateIdentities(ctx context.Context, all []identity) error {
	var refused listed
	for _, c := range d.identify(ctx, all, true) {
		switch {
		case c.OK:
		case c.Passed():
			d.inputs <- lateOverride(c)
		default:
			refused.add(fmt.Errorf("preflight %s: %s", c.Name, c.Message))
		}
	}
	return refused.orNil()
}
