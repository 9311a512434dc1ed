package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/draw"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report/predict"
)

func (a *app) graphCommand() *cobra.Command {
	var s selection
	var output, file, runs string
	cmd := &cobra.Command{
		Use:   "graph [PLAN] --scenario NAME",
		Short: "Draw the steps of a drill or a procedure and what they need",
		Long: `Draw the steps, phase by phase, each with what it needs and, where the plan says it, how
long it takes; with --runs, how long it took in the middle of the earlier runs there. The
steps that decide how long the recovery takes are marked.`,
		Example:           "  drplan graph --scenario accidental_deletion -o mermaid\n  drplan graph --scenario accidental_deletion -o svg -f graph.svg",
		Args:              oneAtMost,
		ValidArgsFunction: completePlans,
		RunE: func(_ *cobra.Command, args []string) error {
			write, ok := graphFormats[output]
			if !ok {
				return usagef("-o is one of %s, not %q", strings.Join(graphNames, ", "), output)
			}
			p, err := a.picture(planArg(args), s, runs)
			if err != nil {
				return err
			}
			return a.writeTo(file, func(w io.Writer) error { return write(p, w) })
		},
	}
	s.flags(cmd, "")
	cmd.Flags().StringVarP(&output, "output", "o", "text", strings.Join(graphNames, ", "))
	cmd.Flags().StringVarP(&file, "file", "f", "", "write there instead of to stdout")
	cmd.Flags().StringVar(&runs, "runs", "", "a folder of runs, or their mirror as s3://bucket/prefix: show how long steps took there")
	complete(cmd, "output", words(graphNames...))
	return cmd
}

var (
	graphNames   = []string{"text", "mermaid", "dot", "svg"}
	graphFormats = map[string]func(*draw.Picture, io.Writer) error{
		"text": (*draw.Picture).Tree, "mermaid": (*draw.Picture).Mermaid, "dot": (*draw.Picture).Dot, "svg": (*draw.Picture).SVG,
	}
)

// picture draws a part of a plan; with a folder of runs as long as steps took there.
func (a *app) picture(path string, s selection, runs string) (*draw.Picture, error) {
	c, doc, err := a.compileEither(path, s)
	if err != nil {
		return nil, err
	}
	if runs == "" || len(c.Graph.Nodes) == 0 {
		return pictureOf(c), nil
	}
	mode := engine.Mode(s.mode)
	if mode == "" {
		mode = modeOf(doc, s.scenario)
	}
	p, err := a.predictFrom(doc, c, mode, runs)
	if err != nil {
		return nil, err
	}
	return pictureFrom(c, p), nil
}

// pictureFrom draws a part of a plan with the times that were predicted; p may be nil.
func pictureFrom(c *plans.Compiled, p *predict.Prediction) *draw.Picture {
	if p == nil {
		return pictureOf(c)
	}
	out := draw.New(c.Graph, p.Medians())
	out.Title, out.RTO, out.Runs = c.Title, c.Objective.RTO, p.Runs.Used
	return out
}

// pictureOf draws a part of a plan with the times that people planned.
func pictureOf(c *plans.Compiled) *draw.Picture {
	p := draw.New(c.Graph, c.Planned)
	p.Title, p.RTO = c.Title, c.Objective.RTO
	return p
}
