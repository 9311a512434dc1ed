package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

// valueBytes is such that two keys fill one 4 KiB page of the database. Slightly
// larger values would take a page each, and double its size.
const valueBytes = 1_850

func upCommand() *cobra.Command {
	var where folder
	var etcdOnly bool
	fill, basePort := lab.Fill{}, 0
	cmd := &cobra.Command{
		Use:   "up --etcd-only",
		Short: "Start a three-member etcd and an S3 server, or repair what is missing of them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !etcdOnly {
				return usage(errors.New("this version brings up etcd and S3 only, not a whole Kubernetes cluster: use lab up --etcd-only"))
			}
			if fill.Keys < 0 || fill.ValueBytes < 0 || fill.ValueBytes > 1<<20 {
				return usage(errors.New("--keys is 0 or more, --data-bytes from 0 to 1048576"))
			}
			if basePort != 0 && (basePort < 1024 || basePort > 65_000) {
				return usage(errors.New("--base-port is from 1024 to 65000"))
			}
			dir, err := where.path()
			if err != nil {
				return err
			}
			l, err := lab.Up(cmd.Context(), lab.Options{Name: where.name, Dir: dir, BasePort: basePort, Fill: fill, Progress: cmd.ErrOrStderr()})
			if err != nil {
				return err
			}
			sayNext(cmd.OutOrStdout(), l)
			return nil
		},
	}
	where.flags(cmd)
	cmd.Flags().BoolVar(&etcdOnly, "etcd-only", false, "etcd and S3, no Kubernetes")
	cmd.Flags().IntVar(&basePort, "base-port", 0, "a new lab's first port: client and peer port of each member, then S3's (default any free ports)")
	cmd.Flags().IntVar(&fill.Keys, "keys", 50_000, "how many keys etcd holds at least")
	cmd.Flags().IntVar(&fill.ValueBytes, "data-bytes", valueBytes, "size of each key's value in bytes, about")
	return cmd
}

func resetCommand() *cobra.Command {
	var where folder
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Wipe the lab's data, etcd's and S3's, and fill it again as before",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := where.path()
			if err != nil {
				return err
			}
			l, err := lab.Reset(cmd.Context(), dir, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			sayNext(cmd.OutOrStdout(), l)
			return nil
		},
	}
	where.flags(cmd)
	return cmd
}

func sayNext(w io.Writer, l *lab.Lab) {
	fmt.Fprintf(w, `The lab is up: etcd with %d members, and S3 at %s, in
  %s
Next, in a shell:
  . '%s/env'
  etcdctl endpoint status -w table
  lab status --dir '%s'
  lab down --dir '%s'
`, len(l.Etcd.Members), l.S3.Endpoint, l.Dir, l.Dir, l.Dir, l.Dir)
}
