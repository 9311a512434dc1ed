package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
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
	add := func(changed bool, what string, was, is any) {
		if changed {
			out = append(out, fmt.Sprintf("has the %s %v, no longer %v", what, is, was))
		}
	}
	add(n.Type != now.Type, "type", n.Type, now.Type)
	add(n.Phase != now.Phase, "phase", n.Phase, now.Phase)
	add(n.Name != now.Name, "name", fmt.Sprintf("%q", n.Name), fmt.Sprintf("%q", now.Name))
	add(!slices.Equal(n.Needs, now.Needs), "needs", list(n.Needs), list(now.Needs))
	add(n.Timeout != now.Timeout, "timeout", n.Timeout, now.Timeout)
	add(n.Retry != now.Retry, "retry", n.Retry, now.Retry)
	add(n.flags() != now.flags(), "flags", n.flags(), now.flags())
	if n.Type == now.Type && !sameJSON(n.Spec, now.Spec) {
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
	}{{"for_each", n.ForEach}, {"continue_on_error", n.ContinueOnError}, {"always", n.Always}} {
		if f.on {
			on = append(on, f.name)
		}
	}
	return list(on)
}

// sameJSON compares without the order of keys, which a later version may change.
func sameJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	m, _ := json.Marshal(x)
	n, _ := json.Marshal(y)
	return bytes.Equal(m, n)
}
