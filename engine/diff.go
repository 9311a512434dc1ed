package engine

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// Difference is how a graph is another than it was, in people's words.
type Difference struct {
	Node string // the id
	What string // such as "is new", "is gone", "has the timeout 10m0s, no longer 5m0s"
}

func (d Difference) String() string { return d.Node + " " + d.What }

// Differences tells what is another in a graph, in document order, what is gone
// last. What a node does is told as whole: its Spec is the driver's.
func Differences(was, now Graph) []Difference {
	before := make(map[string]*Node, len(was.Nodes))
	for i := range was.Nodes {
		before[was.Nodes[i].ID] = &was.Nodes[i]
	}
	var out []Difference
	seen := make(map[string]bool, len(now.Nodes))
	for i := range now.Nodes {
		n := &now.Nodes[i]
		seen[n.ID] = true
		old, known := before[n.ID]
		if !known {
			out = append(out, Difference{n.ID, fmt.Sprintf("is new: %s [%s]", n.Name, n.Type)})
			continue
		}
		for _, what := range old.changes(n) {
			out = append(out, Difference{n.ID, what})
		}
	}
	for _, n := range was.Nodes {
		if !seen[n.ID] {
			out = append(out, Difference{n.ID, fmt.Sprintf("is gone: %s [%s]", n.Name, n.Type)})
		}
	}
	return out
}

// changes says how a node is another than it was.
func (n *Node) changes(now *Node) (out []string) {
	is := now.aspects()
	for i, was := range n.aspects() {
		if was.value == is[i].value || was.name == "wait" && n.Type != now.Type { // its type says that
			continue
		}
		out = append(out, fmt.Sprintf("has the %s %v, no longer %v", was.name, is[i].value, was.value))
	}
	if n.Type == now.Type && !bytes.Equal(n.does(), now.does()) {
		out = append(out, "does something else")
	}
	return out
}

func list(ids []string) string { return "[" + strings.Join(ids, ", ") + "]" }

// String is a retry as a plan would say it.
func (r Retry) String() string {
	if r == (Retry{}) {
		return "none"
	}
	s := fmt.Sprintf("of %d attempts", max(r.Attempts, 1))
	for _, part := range []struct {
		name string
		d    time.Duration
	}{{"back-off", r.Backoff}, {"attempt timeout", r.AttemptTimeout}} {
		if part.d > 0 {
			s += fmt.Sprintf(", %s %s", part.name, part.d)
		}
	}
	return s
}

func (n *Node) flags() string {
	var on []string
	for _, f := range []struct {
		name string
		on   bool
	}{{"continue_on_error", n.ContinueOnError}, {"always", n.Always}} {
		if f.on {
			on = append(on, f.name)
		}
	}
	return list(on)
}
