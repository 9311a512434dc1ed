package draw

import (
	"fmt"
	"io"
	"strings"

	"github.com/drplan/drplan/engine"
)

// Mermaid writes a flowchart: a subgraph a phase, an edge a need. Nodes are
// numbered, for an id of a plan may be a word that means something to Mermaid.
// https://mermaid.js.org/syntax/flowchart.html
func (p *Picture) Mermaid(w io.Writer) error {
	var b, edges strings.Builder
	number := p.numbers()
	b.WriteString("flowchart TD\n")
	last := ""
	p.phases(func(phase engine.Phase, nodes []*engine.Node) {
		fmt.Fprintf(&b, "  subgraph %s_phase[%s]\n", phase, phase)
		for _, n := range nodes {
			fmt.Fprintf(&b, "    n%d[\"%s<br/><i>%s</i>\"]\n", number[n.ID], mermaidText(n.Name), mermaidText(p.caption(n)))
			for _, need := range p.needs[n] {
				fmt.Fprintf(&edges, "  n%d --> n%d\n", number[need.ID], number[n.ID])
			}
		}
		b.WriteString("  end\n")
		if last != "" {
			fmt.Fprintf(&edges, "  %s_phase ==> %s_phase\n", last, phase)
		}
		last = string(phase)
	})
	if path := p.pathNumbers("n"); path != "" {
		fmt.Fprintf(&edges, "  classDef path stroke-width:3px\n  class %s path\n", path)
	}
	_, err := io.WriteString(w, b.String()+edges.String())
	return err
}

func (p *Picture) numbers() map[string]int {
	out := make(map[string]int, len(p.Graph.Nodes))
	for i, n := range p.Graph.Nodes {
		out[n.ID] = i
	}
	return out
}

// pathNumbers are the nodes of the critical path, joined by commas.
func (p *Picture) pathNumbers(prefix string) string {
	var out []string
	for i, n := range p.Graph.Nodes {
		if p.Path[n.ID] {
			out = append(out, fmt.Sprintf("%s%d", prefix, i))
		}
	}
	return strings.Join(out, ",")
}

// caption is a step's type, with its expected time where that is known.
func (p *Picture) caption(n *engine.Node) string {
	if takes := p.takes(n.ID); takes != "" {
		return n.Type + ", " + takes
	}
	return n.Type
}

// mermaidText writes text as Mermaid's entity codes where it would mean something.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;", "`", "#96;", ";", "#59;").Replace(plain(s))
}
