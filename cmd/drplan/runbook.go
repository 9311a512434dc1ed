package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report"
)

func (a *app) runbookCommand() *cobra.Command {
	var s selection
	var file string
	cmd := &cobra.Command{
		Use:   "runbook [PLAN] --scenario NAME",
		Short: "Write a drill or a procedure as Markdown that people can follow by hand",
		Long: `Write each step with the commands that a person would type in its place: for the day
on which drplan itself cannot run. Print it, and keep it where the plan is.`,
		Example:           "  drplan runbook --scenario namespace_deletion -f runbook.md",
		Args:              oneAtMost,
		ValidArgsFunction: completePlans,
		RunE: func(_ *cobra.Command, args []string) error {
			c, doc, err := a.compileEither(planArg(args), s)
			if err != nil {
				return err
			}
			return a.writeTo(file, func(w io.Writer) error { return writeRunbook(w, doc, c) })
		},
	}
	s.flags(cmd, "")
	cmd.Flags().StringVarP(&file, "file", "f", "", "write there instead of to stdout")
	return cmd
}

func writeRunbook(w io.Writer, doc *plans.Document, c *plans.Compiled) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Runbook: %s\n\nFrom `%s`, version %s, SHA-256 `%.12s…`.\n", markdownLine(c.Title), doc.Path, markdownLine(doc.Plan.Version.Value), doc.SHA256)
	writeObjective(&b, c.Objective)
	for _, contact := range doc.Plan.Contact {
		fmt.Fprintf(&b, "- %s: %s\n", markdownLine(contact.Key.Value), markdownLine(contact.Value.Value))
	}
	i := 0
	byPhase(c.Graph, func(phase engine.Phase, nodes []engine.Node) {
		fmt.Fprintf(&b, "\n## %s\n", strings.ToUpper(string(phase[:1]))+string(phase[1:]))
		for _, n := range nodes {
			i++
			writeRunbookStep(&b, i, n, c.Params)
		}
	})
	_, err := io.WriteString(w, b.String())
	return err
}

func writeObjective(b *strings.Builder, o engine.Objective) {
	b.WriteByte('\n')
	if o.RTO > 0 {
		fmt.Fprintf(b, "- Back within (RTO): %s\n", report.Duration(o.RTO))
	}
	if o.RPO > 0 {
		fmt.Fprintf(b, "- Data lost at most (RPO): %s\n", report.Duration(o.RPO))
	}
}

func writeRunbookStep(b *strings.Builder, i int, n engine.Node, params map[string]any) {
	fmt.Fprintf(b, "\n### %d. %s\n\n`%s` (%s): %s.\n", i, markdownLine(n.Name), n.ID, n.Type, markdownLine(remarks(n)))
	if lines := byHand(n, params); len(lines) > 0 {
		fence := "```"
		for strings.Contains(strings.Join(lines, "\n"), fence) {
			fence += "`"
		}
		fmt.Fprintf(b, "\n%ssh\n%s\n%s\n", fence, strings.Join(lines, "\n"), fence)
		return
	}
	if kind, ok := registry().Lookup(n.Type); ok {
		fmt.Fprintf(b, "\n%s\n", kind.Summary)
	}
}

// markdownLine makes people's text one line in which nothing is markup.
func markdownLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "|", `\|`, "`", "\\`", "*", `\*`, "[", `\[`).Replace(s)
}
