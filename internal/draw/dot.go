package draw

import (
	"fmt"
	"io"
	"strings"

	"github.com/drplan/drplan/engine"
)

// Dot writes a graph for Graphviz: a cluster a phase, an edge a need, the critical
// path in bold. https://graphviz.org/doc/info/lang.html
func (p *Picture) Dot(w io.Writer) error {
	var b, edges strings.Builder
	number := p.numbers()
	fmt.Fprintf(&b, "digraph plan {\n  label=%s; labelloc=t; compound=true; rankdir=TB;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n", quoted(p.Title))
	var last *engine.Node
	lastPhase := engine.Phase("")
	p.phases(func(phase engine.Phase, nodes []*engine.Node) {
		fmt.Fprintf(&b, "  subgraph cluster_%s {\n    label=%s;\n", phase, quoted(string(phase)))
		for _, n := range nodes {
			bold := ""
			if p.Path[n.ID] {
				bold = ", penwidth=3"
			}
			fmt.Fprintf(&b, "    n%d [label=%s, tooltip=%s%s];\n", number[n.ID], quoted(n.Name+"\n"+p.caption(n)), quoted(n.ID), bold)
			for _, need := range p.needs[n] {
				fmt.Fprintf(&edges, "  n%d -> n%d;\n", number[need.ID], number[n.ID])
			}
		}
		b.WriteString("  }\n")
		if last != nil {
			fmt.Fprintf(&edges, "  n%d -> n%d [ltail=cluster_%s, lhead=cluster_%s, style=bold];\n", number[last.ID], number[nodes[0].ID], lastPhase, phase)
		}
		last, lastPhase = nodes[len(nodes)-1], phase
	})
	_, err := io.WriteString(w, b.String()+edges.String()+"}\n")
	return err
}

// quoted is a string as the DOT language has it.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", "").Replace(s) + `"`
}
