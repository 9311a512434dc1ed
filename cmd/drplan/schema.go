package main

import (
	"github.com/spf13/cobra"

	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/schema"
)

func (a *app) schemaCommand() *cobra.Command {
	var config bool
	cmd := &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of plans, for editors",
		Example: "  drplan schema >dr-plan.schema.json",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			text := schema.JSON()
			if config {
				text = lint.ConfigSchema()
			}
			_, err := a.out.Write(text)
			return err
		},
	}
	cmd.Flags().BoolVar(&config, "config", false, "that of "+lint.ConfigName)
	return cmd
}
