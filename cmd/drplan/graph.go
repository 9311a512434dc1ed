package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
)

func (a *app) graphCommand() *cobra.Command {
	var s selection
	var output string
	cmd := &cobra.Command{
		Use:               "graph [PLAN] --scenario NAME",
		Short:             "Draw the steps of a drill or a procedure and what they need",
		Example:           "  drplan graph --scenario accidental_deletion -o mermaid",
		Args:              oneAtMost,
		ValidArgsFunction: completePlans,
		RunE: func(_ *cobra.Command, args []string) error {
			if output != "text" && output != "mermaid" {
				return usagef("-o is text or mermaid, not %q", output)
			}
			c, _, err := a.compileEither(planArg(args), s)
			if err != nil {
				return err
			}
			if output == "mermaid" {
				return writeMermaid(a.out, c.Graph)
			}
			return writeTree(a.out, c.Graph)
		},
	}
	s.flags(cmd, "")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, mermaid")
	complete(cmd, "output", words("text", "mermaid"))
	return cmd
}

// writeTree writes phases and steps, each with what it needs.
func writeTree(w io.Writer, g engine.Graph) error {
	var b strings.Builder
	byPhase(g, func(phase engine.Phase, nodes []engine.Node) {
		fmt.Fprintf(&b, "%s\n", phase)
		for i, n := range nodes {
			branch := "├─"
			if i == len(nodes)-1 {
				branch = "└─"
			}
			fmt.Fprintf(&b, "%s %s  [%s]  %s", branch, n.ID, n.Type, n.Name)
			if len(n.Needs) > 0 {
				fmt.Fprintf(&b, "  ← %s", strings.Join(n.Needs, ", "))
			}
			b.WriteByte('\n')
		}
	})
	_, err := io.WriteString(w, b.String())
	return err
}

// writeMermaid writes a flowchart: a subgraph a phase, an edge a need. Nodes are
// numbered, for an id of a plan may be a word that means something to Mermaid.
// https://mermaid.js.org/syntax/flowchart.html
func writeMermaid(w io.Writer, g engine.Graph) error {
	var b, edges strings.Builder
	number := make(map[string]int, len(g.Nodes))
	for i, n := range g.Nodes {
		number[n.ID] = i
	}
	b.WriteString("flowchart TD\n")
	last := ""
	byPhase(g, func(phase engine.Phase, nodes []engine.Node) {
		fmt.Fprintf(&b, "  subgraph %s_phase[%s]\n", phase, phase)
		for _, n := range nodes {
			fmt.Fprintf(&b, "    n%d[\"%s<br/><i>%s</i>\"]\n", number[n.ID], mermaidText(n.Name), mermaidText(n.Type))
			for _, need := range n.Needs {
				fmt.Fprintf(&edges, "  n%d --> n%d\n", number[need], number[n.ID])
			}
		}
		b.WriteString("  end\n")
		if last != "" {
			fmt.Fprintf(&edges, "  %s_phase ==> %s_phase\n", last, phase)
		}
		last = string(phase)
	})
	_, err := io.WriteString(w, b.String()+edges.String())
	return err
}

// mermaidText writes text as Mermaid's entity codes where it would mean something.
func mermaidText(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "#", "#35;", "<", "#lt;", ">", "#gt;", "\n", " ", "`", "#96;", ";", "#59;").Replace(s)
}
