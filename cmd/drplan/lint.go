package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/drplan/drplan/internal/startup"
	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
)

// lintFlags are those of `drplan lint`.
type lintFlags struct {
	severity, config, runs, base string
	output, rules                []string
	outputs                      []lintOutput // as output says
	plans                        []string     // what is judged, as people named it
	explain, markdown, fix, yes  bool
}

func (a *app) lintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint [PLAN…]",
		Short: "Judge plans: objectives, drills, procedures, known pitfalls, safety",
		Long: `Judge plans: all that drplan validate finds, and what a reviewer should know who asks
whether the plan can keep its promise. Nothing is contacted. PLAN is a file, a folder
(its YAML files, at any depth), a pattern such as 'plans/**/*.yaml' in quotes, or - for
stdin. YAML that is no plan is passed over with a note.

A finding is suppressed on its line, or on the line above, with its reason:

  # drplan:ignore backup-frequency -- its own replication carries the last six hours

.drplan.yaml, in the plan's folder or above it, sets severities and options; its schema
is printed by drplan schema --config.

Exits 1 on a finding of severity error or warning, and 3 where a plan could not be read;
the others are judged all the same.`,
		Example: "  drplan lint\n  drplan lint -o github plans/\n  drplan lint --explain backup-frequency\n  drplan lint --fix",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if f.explain {
				return lint.DescribedIDs(), cobra.ShellCompDirectiveNoFileComp
			}
			return completePlans(cmd, args, word)
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.lint(f, args) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.output, "output", "o", []string{"text"}, strings.Join(lintFormats(), ", ")+"; FORMAT=FILE writes it to a file, and may be repeated")
	flags.StringVar(&f.severity, "severity", plans.SeverityInfo, "the least that is shown: error, warning, info")
	flags.StringSliceVar(&f.rules, "rule", nil, "only this rule; may be repeated")
	flags.StringVar(&f.config, "config", "", "the configuration (default: "+lint.ConfigName+", looked for from the plan's folder upwards)")
	flags.StringVar(&f.runs, "runs", "", "a folder of runs, or their mirror as s3://bucket/prefix: finds what changed in the plan since its last drills, and what will probably miss its RTO")
	flags.StringVar(&f.base, "base", "", "with -o markdown: a folder with the plans as they were, to say what the change does")
	flags.BoolVar(&f.explain, "explain", false, "say what a rule is about; without a rule, list them")
	flags.BoolVar(&f.markdown, "markdown", false, "with --explain: all rules as a page of Markdown")
	flags.BoolVar(&f.fix, "fix", false, "show as a diff what can safely be mended, ask, and mend it")
	flags.BoolVar(&f.yes, "yes", false, "with --fix: do not ask")
	complete(cmd, "output", words(lintFormats()...))
	complete(cmd, "severity", words(plans.SeverityError, plans.SeverityWarning, plans.SeverityInfo))
	complete(cmd, "rule", words(append(lint.IDs(), plans.Rules...)...))
	return cmd
}

func (f *lintFlags) check() error {
	var err error
	if f.outputs, err = outputsOf(f.output); err != nil {
		return err
	}
	if f.least() < 0 {
		return usagef("--severity is error, warning or info, not %q", f.severity)
	}
	for _, id := range f.rules {
		if _, ours := lint.Find(id); !ours && !slices.Contains(plans.Rules, id) {
			return usage(fmt.Errorf("there is no rule %q", id), "drplan lint --explain lists them")
		}
	}
	switch {
	case f.yes && !f.fix:
		return usagef("--yes goes with --fix")
	case f.markdown:
		return usagef("--markdown goes with --explain; for findings it is -o markdown")
	case f.base != "" && !f.shows("markdown"):
		return usagef("--base goes with -o markdown")
	case f.fix && (len(f.outputs) != 1 || f.outputs[0] != lintOutput{format: "text"}):
		return usagef("--fix shows a diff: it goes with -o text")
	}
	return nil
}

// bySeverity are the severities, the worst first.
var bySeverity = []string{plans.SeverityError, plans.SeverityWarning, plans.SeverityInfo}

func (f *lintFlags) least() int { return slices.Index(bySeverity, f.severity) }

func (a *app) lint(f lintFlags, args []string) error {
	if f.explain {
		return a.explainRules(f, args)
	}
	if err := f.check(); err != nil {
		return err
	}
	startup.Brief()
	f.plans = args
	files, err := planFiles(args)
	if err != nil {
		return err
	}
	if f.runs != "" { // once for all plans, and before any is judged
		if _, _, err := runsOf(f.runs); err != nil {
			return err
		}
	}
	all := a.judge(f, files, len(args) > 0)
	if f.fix {
		return a.fix(f, all)
	}
	return a.tellFindings(f, all)
}

// linted is a plan that was judged.
type linted struct {
	checked
	stdin  bool
	found  []lint.Found
	past   lint.History
	passed string    // why it was passed over
	beside []checked // what was to help with judging it, and could not be read
}

// judge lints the plans, several at one time. Named says that people named files:
// those of them that are no plans are passed over. What could not be read stands
// among the plans, once.
func (a *app) judge(f lintFlags, files []planFile, named bool) []linted {
	judged := make([]linted, len(files))
	l := lint.Linter{Registry: registry(), Now: time.Now(), Only: f.rules}
	configs := &configs{flag: f.config}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, file := range files {
		g.Go(func() error {
			judged[i] = a.judgeOne(l, configs, f, file, named)
			return nil
		})
	}
	_ = g.Wait() // what is wrong stands with the plan
	var out []linted
	told := map[string]bool{}
	for _, one := range judged {
		for _, c := range one.beside {
			if !told[c.path] {
				told[c.path] = true
				out = append(out, linted{checked: c})
			}
		}
		if one.passed != "" {
			fmt.Fprintf(a.err, "note: %s: %s\n", plans.OneLine(one.path), one.passed)
			continue
		}
		out = append(out, one)
	}
	return out
}

func (a *app) judgeOne(l lint.Linter, configs *configs, f lintFlags, file planFile, named bool) linted {
	if file.bad != nil {
		return linted{checked: unreadable(file.path, file.bad)}
	}
	from := file.path
	if file.stdin {
		from = "-"
	}
	data, err := a.readPlan(from)
	if err != nil {
		return linted{checked: unreadable(file.path, err)}
	}
	if named && filepath.Base(from) == lint.ConfigName {
		return judgeConfig(from, data)
	}
	meant := otherEncoding(data) && (file.named || namedAsPlan(from)) // loading it says what is wrong
	if named && !file.stdin && !meant && !isPlan(data) {
		return linted{checked: checked{path: file.path}, passed: "passed over: no plan, for it has no key " + planKey}
	}
	doc, err := plans.Load(file.path, data)
	if doc == nil {
		return linted{checked: unloaded(file.path, err)}
	}
	out := linted{checked: checked{path: file.path, doc: doc, strict: true}, stdin: file.stdin}
	cfg := configs.of(from)
	if cfg.bad != nil {
		out.beside = append(out.beside, *cfg.bad)
	}
	if out.past, err = a.historyOf(doc, f.runs); err != nil {
		out.beside = append(out.beside, unreadable(f.runs, err))
	}
	for _, one := range l.Lint(doc, cfg.Config, out.past) {
		if slices.Index(bySeverity, one.Severity) <= f.least() {
			out.found = append(out.found, one)
			out.findings = append(out.findings, one.Finding)
		}
	}
	out.bad = slices.ContainsFunc(out.findings, out.fails)
	return out
}

// judgeConfig is about a configuration that people named as they name plans.
func judgeConfig(path string, data []byte) linted {
	_, err := lint.LoadConfig(path, data)
	if err != nil {
		return linted{checked: unloaded(path, err)}
	}
	return linted{checked: checked{path: path}, passed: "a configuration, and it holds"}
}

// unloaded is a file that does not hold so far that it could be judged.
func unloaded(path string, err error) checked {
	var findings plans.Findings
	if !errors.As(err, &findings) {
		return unreadable(path, err)
	}
	return checked{path: path, findings: findings, bad: true}
}
