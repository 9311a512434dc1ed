package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/internal/draw"
	"github.com/drplan/drplan/plans"
)

func (a *app) graphCommand() *cobra.Command {
	var s selection
	var output, file string
	cmd := &cobra.Command{
		Use:   "graph [PLAN] --scenario NAME",
		Short: "Draw the steps of a drill or a procedure and what they need",
		Long: `Draw the steps, phase by phase, each with what it needs and, where the plan says it, how
long it takes. The steps that decide how long the recovery takes are marked.`,
		Example:           "  drplan graph --scenario accidental_deletion -o mermaid\n  drplan graph --scenario accidental_deletion -o svg -f graph.svg",
		Args:              oneAtMost,
		ValidArgsFunction: completePlans,
		RunE: func(_ *cobra.Command, args []string) error {
			write, ok := graphFormats[output]
			if !ok {
				return usagef("-o is one of %s, not %q", strings.Join(graphNames, ", "), output)
			}
			c, _, err := a.compileEither(planArg(args), s)
			if err != nil {
				return err
			}
			return a.writeTo(file, func(w io.Writer) error { return write(pictureOf(c), w) })
		},
	}
	s.flags(cmd, "")
	cmd.Flags().StringVarP(&output, "output", "o", "text", strings.Join(graphNames, ", "))
	cmd.Flags().StringVarP(&file, "file", "f", "", "write there instead of to stdout")
	complete(cmd, "output", words(graphNames...))
	return cmd
}

var (
	graphNames   = []string{"text", "mermaid", "dot", "svg"}
	graphFormats = map[string]func(*draw.Picture, io.Writer) error{
		"text": (*draw.Picture).Tree, "mermaid": (*draw.Picture).Mermaid, "dot": (*draw.Picture).Dot, "svg": (*draw.Picture).SVG,
	}
)

// pictureOf draws a part of a plan with the times that people planned.
func pictureOf(c *plans.Compiled) *draw.Picture {
	p := draw.New(c.Graph, c.Planned)
	p.Title, p.RTO = c.Title, c.Objective.RTO
	return p
}
