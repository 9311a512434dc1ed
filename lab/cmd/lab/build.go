package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/drplan/drplan/lab"
	"github.com/drplan/drplan/lab/internal/component"
	"github.com/spf13/cobra"
)

func buildCommand() *cobra.Command {
	var printPaths bool
	cmd := &cobra.Command{
		Use:   "build [COMPONENT…]",
		Short: "Build the lab's components (all, or those named) unless they are cached",
		Long: `Build the lab's components (all, or those named) unless they are cached. All take half an hour on 2 cores once.
The cache is $DRPLAN_LAB_CACHE, else $XDG_CACHE_HOME/drplan-lab, else ~/.cache/drplan-lab.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			wanted, err := components(args)
			if err != nil {
				return err
			}
			built, err := lab.Build(cmd.Context(), wanted, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(built)) {
				fmt.Fprintln(cmd.OutOrStdout(), line(name, built[name], printPaths))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&printPaths, "print", false, `print lines of the form "etcd /path", for scripts`)
	return cmd
}

func line(name, path string, forScripts bool) string {
	if forScripts {
		return name + " " + path
	}
	return fmt.Sprintf("%-23s %s", name, path)
}

func components(names []string) ([]component.Component, error) {
	if len(names) == 0 {
		return component.All(), nil
	}
	var wanted []component.Component
	for _, name := range names {
		c, err := component.Find(name)
		if err != nil {
			return nil, usage(err)
		}
		wanted = append(wanted, c)
	}
	return wanted, nil
}
