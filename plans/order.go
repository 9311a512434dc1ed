package plans

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/engine"
)

// MaxEdges bounds the needs of a graph. Only groups of thousands that follow
// one another come near it: each step of one needs every step of the other.
const MaxEdges = 2_000_000

// connect makes each step's needs of its place, its needs and its references.
func (u *unit) connect() {
	for _, it := range u.items {
		seen := make(map[string]bool, len(it.list)+len(it.explicit)+len(it.refs))
		for _, before := range it.list {
			it.need(before.id, seen)
		}
		for _, id := range it.explicit {
			u.explicit(it, id, seen)
		}
		for _, id := range it.refs {
			u.reference(it, id, seen)
		}
		if u.edges += len(it.needs); u.edges > MaxEdges {
			u.errorf(it.step.Node, RuleTooLarge, "put a step between the groups that follow one another", "the steps have more than %d needs", MaxEdges)
			return
		}
	}
}

func (it *item) need(id string, seen map[string]bool) {
	if !seen[id] {
		seen[id] = true
		it.needs = append(it.needs, id)
	}
}

// explicit adds an id of a needs list.
func (u *unit) explicit(it *item, id Text, seen map[string]bool) {
	other, ok := u.byID[id.Value]
	switch {
	case id.Node == nil:
	case !ok:
		u.errorf(id.Node, RuleUnknownID, didYouMean(id.Value, u.ids()), "there is no step with the id %q", id.Value)
	case rank(other.phase) > rank(it.phase):
		u.errorf(id.Node, RulePhase, "", "%q runs in the phase %s, after %s", id.Value, other.phase, it.phase)
	default:
		it.need(id.Value, seen)
	}
}

// reference adds what an expression reads. A cleanup step does not wait for
// what it reads of earlier phases: it runs whatever became of them.
func (u *unit) reference(it *item, id string, seen map[string]bool) {
	other, ok := u.byID[id]
	switch {
	case !ok: // the expression's own check has said so
	case rank(other.phase) > rank(it.phase):
		u.errorf(it.where(id), RulePhase, "", "%q reads the step %q, which runs in the phase %s, after %s", it.id, id, other.phase, it.phase)
	case other.phase != it.phase && it.phase == engine.PhaseCleanup:
	default:
		it.need(id, seen)
	}
}

// where finds the scalar of a step that reads another's outputs.
func (it *item) where(id string) *yaml.Node {
	var found *yaml.Node
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if found == nil && n.Kind == yaml.ScalarNode && slices.Contains(readsSteps(n.Value), id) {
			found = n
		}
		for _, child := range n.Content {
			visit(child)
		}
	}
	visit(it.step.Node)
	if found == nil {
		return it.step.Node
	}
	return found
}

func rank(p engine.Phase) int { return slices.Index(engine.Phases, p) }

// manySteps is where people no longer write a plan by hand, and hints end.
const manySteps = 500

// ids lists what a needs may name, as far as people could have misspelt it.
func (u *unit) ids() []string {
	if len(u.items) > manySteps {
		return nil
	}
	ids := make([]string, 0, len(u.items))
	for _, it := range u.items {
		ids = append(ids, it.id)
	}
	return ids
}

// refuseCycles finds steps that wait for each other, by taking away, again and
// again, those that wait for nobody (Kahn, 1962).
func (u *unit) refuseCycles() {
	waits, dependents := make(map[*item]int, len(u.items)), make(map[string][]*item, len(u.items))
	var free []*item
	for _, it := range u.items {
		for _, id := range it.needs {
			if other := u.byID[id]; other.phase == it.phase {
				waits[it]++
				dependents[id] = append(dependents[id], it)
			}
		}
		if waits[it] == 0 {
			free = append(free, it)
		}
	}
	left := len(u.items)
	for ; len(free) > 0; left-- {
		it := free[len(free)-1]
		free = free[:len(free)-1]
		for _, d := range dependents[it.id] {
			if waits[d]--; waits[d] == 0 {
				free = append(free, d)
			}
		}
	}
	if left > 0 {
		u.cycle(waits)
	}
}

// cycle reports one cycle among the steps that still wait.
func (u *unit) cycle(waits map[*item]int) {
	it := u.items[slices.IndexFunc(u.items, func(it *item) bool { return waits[it] > 0 })]
	at := map[*item]int{}
	var path []*item
	for {
		if start, seen := at[it]; seen {
			u.reportCycle(path[start:])
			return
		}
		at[it] = len(path)
		path = append(path, it)
		it = u.byID[it.needs[slices.IndexFunc(it.needs, func(id string) bool { return waits[u.byID[id]] > 0 })]]
	}
}

// reportCycle tells the cycle from the step that stands first in the file.
func (u *unit) reportCycle(cycle []*item) {
	first := 0
	for i, it := range cycle {
		if it.step.Node.Line < cycle[first].step.Node.Line {
			first = i
		}
	}
	const shown = 8
	var b strings.Builder
	for i := range cycle {
		it := cycle[(first+i)%len(cycle)]
		if i == shown && len(cycle) > shown+1 {
			fmt.Fprintf(&b, "… %d more needs ", len(cycle)-shown)
			break
		}
		fmt.Fprintf(&b, "%s (line %d) needs ", it.id, it.step.Node.Line)
	}
	it := cycle[first]
	node := it.step.Node
	if it.step.Needs.Given {
		node = pairOf(node.Content, "needs")
	}
	u.errorf(node, RuleCycle, "one of them must not wait for the other", "these steps wait for each other: %s%s", &b, it.id)
}
