package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

func (a *app) validateCommand() *cobra.Command {
	var output string
	var strict bool
	cmd := &cobra.Command{
		Use:   "validate [PLAN…]",
		Short: "Check plans: keys, types, order, inputs, expressions",
		Long: `Check plans: every procedure and every drill is compiled, and every expression
type-checked. Nothing is contacted. PLAN is a file, or - for stdin.

Exits 1 on a finding of severity error; with --strict on warnings too. Exits 3 where
a plan could not be read; the others are checked all the same.`,
		Example:           "  drplan validate\n  drplan validate -o github plans/*.yaml",
		ValidArgsFunction: completePlans,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := findingFormats[output]
			if !ok {
				return usagef("-o is one of %s, not %q", strings.Join(formatNames(findingFormats), ", "), output)
			}
			return a.validate(args, write, strict)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", strings.Join(formatNames(findingFormats), ", "))
	cmd.Flags().BoolVar(&strict, "strict", false, "warnings fail too")
	complete(cmd, "output", words(formatNames(findingFormats)...))
	return cmd
}

// checked is a plan that was looked at.
type checked struct {
	path     string
	doc      *plans.Document // nil: not one YAML document
	findings plans.Findings
	strict   bool   // warnings fail, too
	bad      bool   // something in it makes the command fail
	unread   *fault // why it could not be
}

// fails reports whether a finding makes the command fail.
func (c checked) fails(f plans.Finding) bool {
	return f.Severity == plans.SeverityError || c.strict && f.Severity == plans.SeverityWarning
}

func (a *app) validate(args []string, write findingWriter, strict bool) error {
	if len(args) == 0 {
		args = []string{defaultPlan}
	}
	reg := registry()
	var all []checked
	var unread *fault
	bad := false
	for _, path := range args {
		c, err := a.check(path, reg)
		if err != nil {
			c = unreadable(path, err)
			unread = unread.and(c.unread)
		}
		c.strict = strict
		for _, f := range c.findings {
			c.bad = c.bad || c.fails(f)
		}
		bad = bad || c.bad
		all = append(all, c)
	}
	if err := write(a.out, all); err != nil {
		return err
	}
	switch {
	case unread != nil:
		return unread
	case bad:
		return exitWith(exitBad)
	}
	return nil
}

// ruleUnreadable is what a finding is about whose plan was never seen.
const ruleUnreadable = "unreadable"

// unreadable is a plan that could not be looked at: a finding for whoever reads
// the findings, for a plan that is not there must not pass unseen.
func unreadable(path string, err error) checked {
	f := asFault(err)
	var findings plans.Findings
	if errors.As(err, &findings) {
		return checked{path: path, unread: f, findings: findings}
	}
	return checked{path: path, unread: f, findings: plans.Findings{{
		File: path, Line: 1, Column: 1, EndColumn: 1, Rule: ruleUnreadable, Severity: plans.SeverityError, Message: f.Error(), Hint: f.hint,
	}}}
}

func (a *app) check(path string, reg *steps.Registry) (checked, error) {
	data, err := a.readPlan(path)
	if err != nil {
		return checked{}, err
	}
	if path == "-" {
		path = "stdin"
	}
	doc, err := plans.Load(path, data)
	if doc == nil {
		findings, ok := err.(plans.Findings)
		if !ok {
			return checked{}, err
		}
		return checked{path: path, findings: findings}, nil
	}
	return checked{path: path, doc: doc, findings: doc.Check(reg)}, nil
}

// tally sums up a plan that holds.
func (c checked) tally() string {
	procedures, n := c.doc.Procedures(), 0
	for _, p := range procedures {
		n += p.Steps
	}
	text := fmt.Sprintf("ok: %s, %s, %s", count(len(procedures), "procedure"), count(len(c.doc.Scenarios()), "scenario"), count(n, "step"))
	if len(c.findings) > 0 {
		text += fmt.Sprintf(" (%s to look at)", count(len(c.findings), "finding"))
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
