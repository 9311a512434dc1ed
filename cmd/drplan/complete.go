package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report"
)

type completer = cobra.CompletionFunc

// complete sets how a flag's value is completed. It can only fail for a flag
// that does not exist, which is a mistake in the program.
func complete(cmd *cobra.Command, flag string, f completer) {
	if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err)
	}
}

func words(list ...string) completer {
	return cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)
}

// completePlans completes YAML files.
func completePlans(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeNames completes the drills of the plan on the command line, and with
// --mode recovery its procedures.
func completeNames(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	data, err := os.ReadFile(planArg(args))
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	doc, _ := plans.Load(planArg(args), data)
	if doc == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	mode, _ := cmd.Flags().GetString("mode")
	var out []string
	if mode != "recovery" {
		for _, s := range doc.Scenarios() {
			out = append(out, cobra.CompletionWithDesc(s.ID, s.Name))
		}
	}
	if mode != "drill" {
		for _, p := range doc.Procedures() {
			out = append(out, cobra.CompletionWithDesc(p.Name, p.Description))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeRuns completes a RUN argument; what follows it is completed by next.
func completeRuns(next ...completer) completer {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if n := len(args); n > 0 {
			if n <= len(next) {
				return next[n-1](cmd, args, typed)
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return runIDs(cmd)
	}
}

func runIDs(cmd *cobra.Command) ([]string, cobra.ShellCompDirective) {
	dir, _ := cmd.Flags().GetString("runs")
	_, ids, err := runsOf(dir)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return append([]string{"latest"}, ids...), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeTypes completes a step type.
func completeTypes(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	reg := registry()
	for _, typ := range reg.Types() {
		k, _ := reg.Lookup(typ)
		out = append(out, cobra.CompletionWithDesc(typ, k.Summary))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeSteps completes a step of the run that is the first argument.
func completeSteps(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir, _ := cmd.Flags().GetString("runs")
	r, err := findRun(dir, args[0])
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, s := range r.open() {
		out = append(out, s.step)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeFindings completes the id of a finding.
func completeFindings(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir, _ := cmd.Flags().GetString("runs")
	all, err := findingsBeside(dir)
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, f := range all {
		out = append(out, cobra.CompletionWithDesc(f.ID, report.Plain(f.Title)))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
