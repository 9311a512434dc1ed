package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

// valueBytes is such that two keys fill one 4 KiB page of the database. Slightly
// larger values would take a page each, and double its size.
const valueBytes = 1_850

// upFlags are what up is asked for.
type upFlags struct {
	folder
	etcdOnly bool
	stage    string
	s3Of     string
	fill     lab.Fill
	basePort int
}

func upCommand() *cobra.Command {
	var f upFlags
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a Kubernetes cluster with Velero and S3, or with --etcd-only etcd and S3, or repair what is missing of them",
		Long: `Start a Kubernetes cluster of one node with Velero and two S3 servers, or repair what is missing of it. It needs
root, installs what it lacks from Debian, and builds the rest from source the first time.

With --etcd-only: a three-member etcd and an S3 server, without root.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			l, err := f.up(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			sayNext(cmd.OutOrStdout(), l)
			return nil
		},
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.etcdOnly, "etcd-only", false, "etcd and S3, no Kubernetes")
	cmd.Flags().StringVar(&f.stage, "stage", string(lab.Velero), "how far to go: machine (S3 and a node with its images), kubernetes, or velero")
	cmd.Flags().StringVar(&f.s3Of, "s3-of", "", "name or folder of another lab with a cluster, whose S3 servers and buckets a new cluster uses instead of its own")
	cmd.Flags().IntVar(&f.basePort, "base-port", 0, "with --etcd-only: a new lab's first port: client and peer port of each member, then S3's (default any free ports)")
	cmd.Flags().IntVar(&f.fill.Keys, "keys", 50_000, "with --etcd-only: how many keys etcd holds at least")
	cmd.Flags().IntVar(&f.fill.ValueBytes, "data-bytes", valueBytes, "with --etcd-only: size of each key's value in bytes, about")
	return cmd
}

func (f *upFlags) check(cmd *cobra.Command) error {
	if !f.etcdOnly {
		for _, name := range []string{"keys", "data-bytes", "base-port"} {
			if cmd.Flags().Changed(name) {
				return usage(fmt.Errorf("--%s goes with --etcd-only", name))
			}
		}
	}
	switch {
	case f.etcdOnly && (cmd.Flags().Changed("stage") || f.s3Of != ""):
		return usage(errors.New("--stage and --s3-of are for a whole cluster, not with --etcd-only"))
	case !slices.Contains(lab.Stages, lab.Stage(f.stage)):
		return usage(errors.New("--stage is machine, kubernetes or velero"))
	case f.fill.Keys < 0 || f.fill.ValueBytes < 0 || f.fill.ValueBytes > 1<<20:
		return usage(errors.New("--keys is 0 or more, --data-bytes from 0 to 1048576"))
	case f.basePort != 0 && (f.basePort < 1024 || f.basePort > 65_000):
		return usage(errors.New("--base-port is from 1024 to 65000"))
	}
	return nil
}

func (f *upFlags) up(ctx context.Context, progress io.Writer) (*lab.Lab, error) {
	if f.etcdOnly {
		dir, err := f.newPath(etcdName)
		if err != nil {
			return nil, err
		}
		return lab.Up(ctx, lab.Options{Name: f.name, Dir: dir, BasePort: f.basePort, Fill: f.fill, Progress: progress})
	}
	name := f.name
	dir, err := f.newPath(clusterName)
	if err != nil {
		return nil, err
	}
	o := lab.ClusterOptions{Name: name, Dir: dir, Stage: lab.Stage(f.stage), Progress: progress}
	if f.s3Of != "" {
		other := folder{name: f.s3Of}
		if strings.Contains(f.s3Of, "/") {
			other = folder{dir: f.s3Of}
		}
		if o.S3Of, err = other.newPath(""); err != nil {
			return nil, err
		}
	}
	return lab.UpCluster(ctx, o)
}

func resetCommand() *cobra.Command {
	var where folder
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Wipe the lab's data, the cluster's or etcd's, and S3's, and make it as it was first",
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
	if l.Cluster != nil {
		fmt.Fprintf(w, `The lab is up: Kubernetes %s on the node %s, and S3 at %s and %s, in
  %s
Next, in a shell:
  . '%s/env'
  kubectl get pods --all-namespaces
  velero backup-location get
  lab status --dir '%s'
  lab down --dir '%s'
`, l.Cluster.KubernetesVersion, l.Cluster.NodeName, l.S3.Endpoint, l.S3Secondary.Endpoint, l.Dir, l.Dir, l.Dir, l.Dir)
		return
	}
	fmt.Fprintf(w, `The lab is up: etcd with %d members, and S3 at %s, in
  %s
Next, in a shell:
  . '%s/env'
  etcdctl endpoint status -w table
  lab status --dir '%s'
  lab down --dir '%s'
`, len(l.Etcd.Members), l.S3.Endpoint, l.Dir, l.Dir, l.Dir, l.Dir)
}
