package main

import (
	"github.com/spf13/cobra"

	"github.com/drplan/drplan/schema"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of plans, for editors",
		Example: "  drplan schema >dr-plan.schema.json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.out.Write(schema.JSON())
			return err
		},
	}
}
