package main

import (
	"fmt"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

func downCommand() *cobra.Command {
	var where folder
	cmd := &cobra.Command{
		Use:   "down",
		Short: "End the lab's processes and remove its folder",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := where.path()
			if err != nil {
				return err
			}
			found, err := lab.Down(cmd.Context(), dir)
			if err == nil && !found {
				fmt.Fprintf(cmd.ErrOrStderr(), "lab: no lab in %s, nothing to take down\n", dir)
			}
			return err
		},
	}
	where.flags(cmd)
	return cmd
}
