package simulate

import "github.com/drplan/drplan/engine"

// World is what a simulated run meets. It is asked once for each thing that
// happens, in the order in which the core asks.
type World interface {
	// Preflight is how long the checks before a phase take. They hold.
	Preflight(phase engine.Phase) engine.Span
	// Resolve answers what a step's expressions say, and how long that takes.
	Resolve(node *engine.Node) (engine.Resolved, engine.Span)
	// Attempt says how an attempt goes: 1, 2, … of one instance.
	Attempt(node *engine.Node, key string, attempt int) Attempt
	// Answer is how long a person takes; false: nobody ever answers.
	Answer(node *engine.Node, key string) (engine.Span, bool)
}

// Attempt is how an attempt ends by itself.
type Attempt struct {
	Takes engine.Span
	Fails bool
	Final bool // it fails such that another attempt cannot help
}

// Fixed is a world in which every node takes as long as is said, and nothing else
// takes any time. A node that is not named takes none. Nothing fails.
type Fixed map[string]engine.Span

// Preflight takes no time.
func (Fixed) Preflight(engine.Phase) engine.Span { return 0 }

// Resolve says yes at once. A for_each node has one item.
func (f Fixed) Resolve(n *engine.Node) (engine.Resolved, engine.Span) {
	r := engine.Resolved{Node: n.ID, When: true, WaitFor: f[n.ID]}
	if n.ForEach {
		r.Items = []engine.Item{{Key: "item"}}
	}
	return r, 0
}

// Attempt succeeds.
func (f Fixed) Attempt(n *engine.Node, _ string, _ int) Attempt { return Attempt{Takes: f[n.ID]} }

// Answer is given when the time is over.
func (f Fixed) Answer(n *engine.Node, _ string) (engine.Span, bool) { return f[n.ID], true }
