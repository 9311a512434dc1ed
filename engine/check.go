package engine

import (
	"fmt"
	"slices"
	"strings"
)

// checkGraph refuses a graph that the machine could not run to its end.
func checkGraph(g Graph) error {
	index := make(map[string]int, len(g.Nodes))
	for i, n := range g.Nodes {
		if err := checkNode(n); err != nil {
			return err
		}
		if _, twice := index[n.ID]; twice {
			return fmt.Errorf("the id %q is used twice", n.ID)
		}
		index[n.ID] = i
	}
	for _, n := range g.Nodes {
		for _, need := range n.Needs {
			i, ok := index[need]
			if !ok {
				return fmt.Errorf("step %q needs %q, which does not exist", n.ID, need)
			}
			if from := g.Nodes[i].Phase; phaseIndex(from) > phaseIndex(n.Phase) {
				return fmt.Errorf("step %q of %s needs %q of the later phase %s", n.ID, n.Phase, need, from)
			}
		}
	}
	if cycle := findCycle(g, index); cycle != nil {
		return fmt.Errorf("the steps need each other in a circle: %s", strings.Join(cycle, " -> "))
	}
	return nil
}

// checkNode refuses what is wrong with a node by itself.
func checkNode(n Node) error {
	switch {
	case n.ID == "":
		return fmt.Errorf("a step (%q) has no id", n.Name)
	case phaseIndex(n.Phase) < 0:
		return fmt.Errorf("step %q is of the unknown phase %q", n.ID, n.Phase)
	case n.Timeout <= 0:
		return fmt.Errorf("step %q has no time limit", n.ID)
	case n.Retry.Attempts < 0 || n.Retry.Backoff < 0 || n.Retry.AttemptTimeout < 0 || n.MaxParallel < 0:
		return fmt.Errorf("step %q has a negative limit", n.ID)
	}
	switch n.Wait {
	case WaitNone, WaitTimer, WaitApproval, WaitDuration:
		return nil
	}
	return fmt.Errorf("step %q has the unknown wait %q", n.ID, n.Wait)
}

// phaseIndex is the phase's place in Phases, -1 for an unknown one.
func phaseIndex(p Phase) int { return slices.Index(Phases, p) }

// findCycle returns the ids along one cycle of needs, the first repeated at
// the end, or nil. It takes nodes away whose needs are all gone; what is left
// is on a cycle or depends on one, so following any needs leads into it.
func findCycle(g Graph, index map[string]int) []string {
	left := unorderable(g, index)
	at := slices.IndexFunc(left, func(n int) bool { return n > 0 })
	if at < 0 {
		return nil
	}
	seen := map[int]int{}
	var path []string
	for {
		if first, again := seen[at]; again {
			cycle := append(slices.Clone(path[first:]), path[first])
			slices.Reverse(cycle)
			return cycle
		}
		seen[at] = len(path)
		path = append(path, g.Nodes[at].ID)
		next := slices.IndexFunc(g.Nodes[at].Needs, func(id string) bool { return left[index[id]] > 0 })
		at = index[g.Nodes[at].Needs[next]]
	}
}

// unorderable counts, for each node, the needs that no order can satisfy.
func unorderable(g Graph, index map[string]int) []int {
	left := make([]int, len(g.Nodes))
	dependents := make([][]int, len(g.Nodes))
	var free []int
	for i, n := range g.Nodes {
		left[i] = len(n.Needs)
		for _, id := range n.Needs {
			dependents[index[id]] = append(dependents[index[id]], i)
		}
		if left[i] == 0 {
			free = append(free, i)
		}
	}
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		for _, d := range dependents[i] {
			if left[d]--; left[d] == 0 {
				free = append(free, d)
			}
		}
	}
	return left
}
