package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const about = `drplan turns a disaster-recovery plan into a program: checked in the pull
request, run as a drill every quarter and as the real recovery on the day,
with RTO and RPO measured beside their targets.

Exit codes: 0 good; 1 the plan does not hold, the run failed or missed an
objective; 2 wrong flags or arguments; 3 it could not or would not run;
130 interrupted.`

// newRoot builds the whole command tree.
func (a *app) newRoot() *cobra.Command {
	root := group(&cobra.Command{
		Use:           "drplan",
		Short:         "Run disaster-recovery plans, as drills and on the day",
		Long:          about,
		SilenceErrors: true,
		SilenceUsage:  true,
	})
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.AddCommand(
		a.initCommand(), a.validateCommand(), a.lintCommand(), a.graphCommand(), a.simulateCommand(), a.runbookCommand(), a.explainCommand(), a.schemaCommand(),
		a.runCommand(), a.approveCommand(), a.doneCommand(), a.settleCommand(), a.cleanupCommand(), a.ackCommand(), a.notifyCommand(),
		a.runsCommand(), a.reportCommand(), a.findingsCommand(), a.metricsCommand(), a.traceCommand(), a.keysCommand(), a.versionCommand(),
	)
	ownCompletion(root)
	ownHelp(root)
	ownErrors(root)
	return root
}

// group makes a command that only holds others: alone it shows its help, and a
// word that names none of them is an error.
func group(c *cobra.Command) *cobra.Command {
	c.SuggestionsMinimumDistance = 2 // edits between a typo and a command; cobra sets it too late for us
	c.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		err := fmt.Errorf("there is no command %q", strings.TrimSpace(cmd.CommandPath()+" "+args[0]))
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return usage(err, "did you mean "+cmd.CommandPath()+" "+near[0]+"?")
		}
		return err
	}
	c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return c
}

// ownErrors marks what comes out of our own code, so that whatever else comes
// out of cobra is known to be wrong usage.
func ownErrors(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error { return toFault(run(cmd, args)) }
	}
	for _, sub := range c.Commands() {
		ownErrors(sub)
	}
}

// execute runs one command line and returns the exit code.
func (a *app) execute(args []string) int {
	root := a.newRoot()
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitGood
	}
	var f *fault
	if !errors.As(err, &f) {
		first, _, _ := strings.Cut(err.Error(), "\n")
		f = &fault{code: exitUsage, err: errors.New(first), hint: "see " + cmd.CommandPath() + " --help"}
	}
	f.print(a.err)
	return f.code
}
