package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// noArgs takes no argument.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return wrongArgs(cmd, fmt.Sprintf("takes no argument, not %q", strings.Join(args, " ")))
}

// oneAtMost takes one argument or none.
func oneAtMost(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return wrongArgs(cmd, fmt.Sprintf("takes one argument at most, not %d: %s", len(args), strings.Join(args, " ")))
}

// exactly takes one argument for each name.
func exactly(names ...string) cobra.PositionalArgs {
	want := strings.Join(names, " ")
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == len(names):
			return nil
		case len(args) == 0:
			return wrongArgs(cmd, "needs "+want)
		case len(args) < len(names):
			return wrongArgs(cmd, fmt.Sprintf("needs %s, not %q alone", want, strings.Join(args, " ")))
		}
		return wrongArgs(cmd, fmt.Sprintf("needs %s, not %d arguments: %s", want, len(args), strings.Join(args, " ")))
	}
}

func wrongArgs(cmd *cobra.Command, what string) error {
	use := cmd.CommandPath() + strings.TrimPrefix(cmd.Use, cmd.Name())
	return usage(fmt.Errorf("%s %s", cmd.CommandPath(), what), fmt.Sprintf("use: %s; see %s --help", use, cmd.CommandPath()))
}

// ownCompletion gives cobra's completion command our words: a shell that it does
// not know is wrong usage, not its help.
func ownCompletion(root *cobra.Command) {
	root.InitDefaultCompletionCmd("completion")
	cmd, _, err := root.Find([]string{"completion"})
	if err != nil {
		panic(err) // cobra has just made it
	}
	var shells []string
	for _, sub := range cmd.Commands() {
		sub.Args = noArgs
		shells = append(shells, sub.Name())
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return usage(fmt.Errorf("there is no completion for %q", args[0]), "one of "+strings.Join(shells, ", "))
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
}

// ownHelp has help on a command that is not there be wrong usage too.
func ownHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	cmd, _, err := root.Find([]string{"help"})
	if err != nil {
		panic(err) // cobra has just made it
	}
	cmd.Args = func(_ *cobra.Command, args []string) error {
		if found, rest, err := root.Find(args); err == nil && len(rest) > 0 {
			return usage(fmt.Errorf("there is no command %q", found.CommandPath()+" "+rest[0]), "see "+found.CommandPath()+" --help")
		}
		return nil
	}
}
