package local

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// surveyTimeout bounds what a cluster may cost that does not answer: what is found
// out decides nothing.
const surveyTimeout = 5 * time.Second

// factBook collects what steps and surveys find out, until it is written down.
type factBook struct {
	mu   sync.Mutex
	seen []engine.Fact
	next int // the first that is not written down yet
}

// add keeps what is new.
func (b *factBook) add(found []engine.Fact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range found {
		if !slices.Contains(b.seen, f) {
			b.seen = append(b.seen, f)
		}
	}
}

// take hands out what was not handed out yet.
func (b *factBook) take() []engine.Fact {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.seen[b.next:])
	b.next = len(b.seen)
	return out
}

func (b *factBook) knows(of string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.seen, func(f engine.Fact) bool { return f.Of == of })
}

// noted are facts without secrets, as they are written down.
func (d *driver) noted(found []steps.Fact) []engine.Fact {
	out := make([]engine.Fact, len(found))
	for i, f := range found {
		out[i] = engine.Fact{Of: d.redact.text(f.Of), Name: f.Name, Value: d.redact.text(f.Value)}
	}
	return out
}

// unsurveyed lists the clusters that steps of a phase need and of which nothing is
// known yet.
func (d *driver) unsurveyed(phase engine.Phase) []*steps.Cluster {
	if d.cfg.Survey == nil {
		return nil
	}
	var all []*steps.Cluster
	asked := map[string]bool{}
	for i := range d.header.Graph.Nodes {
		n := d.nodes[d.header.Graph.Nodes[i].ID]
		if n.Phase != phase || !n.kind.NeedsCluster(n.spec.Input) {
			continue
		}
		name := clusterName(n.spec.Cluster)
		if !asked[name] && !d.facts.knows(name) {
			all = append(all, n.spec.Cluster)
		}
		asked[name] = true
	}
	return all
}

// clusterName is what facts of a cluster are of.
func clusterName(c *steps.Cluster) string {
	if c == nil || c.Name == "" {
		return "the kubeconfig's current context"
	}
	return "cluster " + c.Name
}

// survey asks all of them at one time.
func (d *driver) survey(ctx context.Context, all []*steps.Cluster) {
	ctx, cancel := context.WithTimeout(ctx, surveyTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() {
			found := d.cfg.Survey(ctx, c)
			for i := range found {
				found[i].Of = clusterName(c)
			}
			d.facts.add(d.noted(found))
		})
	}
	wg.Wait()
}
