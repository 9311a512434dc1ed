package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

// nodeCommand groups what becomes of the cluster's one node.
func nodeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Lose the cluster's node: its power, or all of it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		nodeAction("kill", "End all that runs on the node at once, as a power failure does; its disk and S3 stay. lab up starts it again",
			lab.KillNode),
		nodeAction("destroy", "Kill the node and remove all that is on its disk, certificates and keys too; only S3 stays",
			lab.DestroyNode),
	)
	return cmd
}

func nodeAction(name, short string, act func(context.Context, string) error) *cobra.Command {
	var where folder
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := where.path()
			if err != nil {
				return err
			}
			return act(cmd.Context(), dir)
		},
	}
	where.flags(cmd)
	return cmd
}

func kubeconfigCommand() *cobra.Command {
	var where folder
	cmd := &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the path of the cluster administrator's kubeconfig",
		Long: `Print the path of the cluster administrator's kubeconfig, which works on this machine:
  export KUBECONFIG="$(lab kubeconfig)"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := where.path()
			if err != nil {
				return err
			}
			l, err := lab.Load(dir)
			if err != nil {
				return err
			}
			if l.Cluster == nil {
				return errors.New("this lab is one of etcd alone, it has no kubeconfig")
			}
			fmt.Fprintln(cmd.OutOrStdout(), l.Cluster.Kubeconfig)
			return nil
		},
	}
	where.flags(cmd)
	return cmd
}
