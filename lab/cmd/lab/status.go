package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

func statusCommand() *cobra.Command {
	var where folder
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how each server of the lab is; exit 1 when one is down",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return usage(errors.New("--output is text or json"))
			}
			dir, err := where.path()
			if err != nil {
				return err
			}
			l, err := lab.Load(dir)
			if err != nil {
				return err
			}
			all, err := l.Status(cmd.Context())
			if err != nil {
				return err
			}
			if err := show(cmd.OutOrStdout(), all, output); err != nil {
				return err
			}
			if slices.ContainsFunc(all, func(s lab.ServerStatus) bool { return !s.Healthy }) {
				return errDown
			}
			return nil
		},
	}
	where.flags(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func show(w io.Writer, all []lab.ServerStatus, output string) error {
	if output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SERVER\tPID\tHEALTHY\tLEADER\tREVISION\tDB SIZE\tKEYS\tURL")
	for _, s := range all {
		fmt.Fprintln(table, row(s))
	}
	return table.Flush()
}

func row(s lab.ServerStatus) string {
	if !s.Healthy {
		return fmt.Sprintf("%s\t%s\tno\t-\t-\t-\t-\t%s: %s", s.Name, number(s.PID), s.URL, s.Error)
	}
	if s.DBBytes == 0 { // not a member of etcd
		return fmt.Sprintf("%s\t%s\tyes\t-\t-\t-\t-\t%s", s.Name, number(s.PID), s.URL)
	}
	leader := "no"
	if s.Leader {
		leader = "yes"
	}
	return fmt.Sprintf("%s\t%d\tyes\t%s\t%d\t%.1f MB\t%d\t%s", s.Name, s.PID, leader, s.Revision, float64(s.DBBytes)/1e6, s.Keys, s.URL)
}

func number(pid int) string {
	if pid == 0 {
		return "-"
	}
	return fmt.Sprint(pid)
}
