package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/steps"
)

// explainRules tells of the rules that are named, else lists all.
func (a *app) explainRules(f lintFlags, ids []string) error {
	if f.markdown {
		_, err := io.WriteString(a.out, rulesPage())
		return err
	}
	if len(ids) == 0 {
		return listRules(a.out)
	}
	for _, id := range ids {
		r, ok := lint.Describe(id)
		if !ok {
			hint := "drplan lint --explain lists the rules"
			if near := steps.Nearest(id, lint.DescribedIDs()); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			return usage(fmt.Errorf("there is no rule %q to explain", id), hint)
		}
		if _, err := io.WriteString(a.out, explained(r)); err != nil {
			return err
		}
	}
	return nil
}

// described are all groups, those checks too that validate makes.
func described() []lint.Group { return append(slices.Clone(lint.Groups), lint.Checks) }

func listRules(w io.Writer) error {
	var b strings.Builder
	for i, g := range described() {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, g.Name)
		for _, r := range g.Rules {
			fmt.Fprintf(&b, "  %-26s %-8s %s\n", r.ID, r.Severity, r.Summary)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explained(r *lint.Rule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n\n%s\n", r.ID, r.Severity, r.Summary, r.Why)
	for _, o := range r.Options {
		fmt.Fprintf(&b, "\nOption %s (%s): %s\n", o.Name, o, o.Doc)
	}
	for _, e := range r.Examples() {
		switch {
		case strings.HasPrefix(e.Name, "bad"):
			fmt.Fprintf(&b, "\nThis breaks it:\n\n%s\n%s", indented(e.Plan), indented(e.Output))
		case strings.HasPrefix(e.Name, "good"):
			fmt.Fprintf(&b, "\nThis keeps it:\n\n%s", indented(e.Plan))
		}
	}
	return b.String()
}

func indented(text []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		b.WriteString("    " + line)
	}
	return b.String()
}

// rulesPage is all rules as a page of Markdown: docs/rules.md.
func rulesPage() string {
	var b strings.Builder
	b.WriteString("# The rules of `drplan lint`\n\n" +
		"[lint.md](lint.md) says how they are used. This page is written by `go generate ./docs`; its plans are run by the tests.\n")
	for _, g := range described() {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | severity | |\n|---|---|---|\n", g.Name)
		for _, r := range g.Rules {
			fmt.Fprintf(&b, "| [%s](#%s) | %s | %s |\n", r.ID, r.ID, r.Severity, r.Summary)
		}
		for _, r := range g.Rules {
			fmt.Fprintf(&b, "\n### %s\n\n%s %s\n", r.ID, r.Summary, r.Why)
			for _, o := range r.Options {
				fmt.Fprintf(&b, "\nOption `%s` (default `%s`): %s\n", o.Name, o, o.Doc)
			}
			writePair(&b, r)
		}
	}
	return b.String()
}

// writePair shows the first plan that breaks a rule and the first that keeps it.
func writePair(b *strings.Builder, r *lint.Rule) {
	bad := "yaml breaks it"
	if r.Check == nil {
		bad = "yaml refused"
	}
	for _, kind := range []string{"bad", "good"} {
		for _, e := range r.Examples() {
			if !strings.HasPrefix(e.Name, kind) {
				continue
			}
			if kind == "bad" {
				fmt.Fprintf(b, "\nThis breaks it:\n\n```%s\n%s```\n\n```text\n%s```\n", bad, e.Plan, e.Output)
			} else {
				fmt.Fprintf(b, "\nThis keeps it:\n\n```yaml keeps it\n%s```\n", e.Plan)
			}
			break
		}
	}
}
