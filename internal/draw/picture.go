package draw

import (
	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Picture is a graph that can be drawn.
type Picture struct {
	Graph engine.Graph
	Title string
	RTO   engine.Span                     // the target; 0: none
	Takes map[string]engine.Span          // how long a step is expected to take; absent: nobody knows
	Runs  int                             // so many earlier runs tell it; 0: people planned it
	At    engine.Expectation              // when each would be under way
	Path  map[string]bool                 // the steps that decide how long the recovery takes; empty where no step's time is known
	State map[string]string               // what became of a step, in a word; absent: nothing worth one
	ran   bool                            // the times are measured
	nodes map[string]*engine.Node         // by id
	needs map[*engine.Node][]*engine.Node // of the same phase, what others imply left out
}

// New lays a graph out in time.
func New(g engine.Graph, takes map[string]engine.Span) *Picture {
	p := &Picture{Graph: g, Takes: takes, At: engine.Expect(g, takes), Path: map[string]bool{}, nodes: map[string]*engine.Node{}}
	if p.Planned() > 0 {
		for _, id := range engine.CriticalPath(g, engine.Expect(g, atLeastAMoment(g, takes))).Nodes {
			p.Path[id] = true
		}
	}
	p.finish()
	return p
}

// Measured takes the times that a run took: when each step was under way, and the
// steps that decided how long the recovery took.
func Measured(g engine.Graph, at map[string]engine.Interval, path []string) *Picture {
	p := &Picture{Graph: g, Takes: map[string]engine.Span{}, At: at, Path: map[string]bool{}, nodes: map[string]*engine.Node{}, ran: true}
	for id, span := range at {
		p.Takes[id] = span.End - span.Start
	}
	for _, id := range path {
		p.Path[id] = true
	}
	p.finish()
	return p
}

func (p *Picture) finish() {
	for i := range p.Graph.Nodes {
		p.nodes[p.Graph.Nodes[i].ID] = &p.Graph.Nodes[i]
	}
	p.reduce()
}

// atLeastAMoment lets every step take some time: else a chain that ends in steps of
// unknown length would end before them.
func atLeastAMoment(g engine.Graph, takes map[string]engine.Span) map[string]engine.Span {
	out := make(map[string]engine.Span, len(g.Nodes))
	for _, n := range g.Nodes {
		out[n.ID] = max(takes[n.ID], 1)
	}
	return out
}

// Planned is how long the recovery takes by what is known.
func (p *Picture) Planned() engine.Span { return p.At.Recovery(p.Graph) }

// Unknown counts the recovery's steps of which nobody knows how long they take.
func (p *Picture) Unknown() (n int) {
	for _, node := range p.Graph.Nodes {
		if _, known := p.Takes[node.ID]; node.Phase.Recovers() && !known {
			n++
		}
	}
	return n
}

// takes is a step's expected time as text; "" where nobody knows.
func (p *Picture) takes(id string) string {
	if d, known := p.Takes[id]; known {
		return report.Duration(d)
	}
	return ""
}

// phases calls each with every phase that has steps, in order.
func (p *Picture) phases(each func(engine.Phase, []*engine.Node)) {
	for _, phase := range engine.Phases {
		var nodes []*engine.Node
		for i := range p.Graph.Nodes {
			if p.Graph.Nodes[i].Phase == phase {
				nodes = append(nodes, &p.Graph.Nodes[i])
			}
		}
		if len(nodes) > 0 {
			each(phase, nodes)
		}
	}
}

// reduce finds the needs that are to be drawn: those within a phase that no other
// need implies. Phases are barriers, and what lies between them is implied.
func (p *Picture) reduce() {
	p.needs = make(map[*engine.Node][]*engine.Node, len(p.nodes))
	p.phases(func(phase engine.Phase, nodes []*engine.Node) {
		above := make(map[*engine.Node]map[*engine.Node]bool, len(nodes)) // all that a node waits for
		var visit func(n *engine.Node) map[*engine.Node]bool
		visit = func(n *engine.Node) map[*engine.Node]bool {
			if set, done := above[n]; done {
				return set
			}
			set := map[*engine.Node]bool{}
			above[n] = set
			var direct []*engine.Node
			implied := map[*engine.Node]bool{}
			for _, id := range n.Needs {
				need := p.nodes[id]
				if need == nil || need.Phase != phase || need == n {
					continue
				}
				direct = append(direct, need)
				set[need] = true
				for far := range visit(need) {
					set[far], implied[far] = true, true
				}
			}
			for _, need := range direct {
				if !implied[need] {
					p.needs[n] = append(p.needs[n], need)
				}
			}
			return set
		}
		for _, n := range nodes {
			visit(n)
		}
	})
}
