package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

// folder holds the flags that say which lab is meant.
type folder struct{ name, dir string }

func (f *folder) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "", "the lab's name (default cluster, or etcd for one of etcd alone); labs of different names stand side by side")
	cmd.Flags().StringVar(&f.dir, "dir", "", "the lab's folder (default $XDG_STATE_HOME/drplan-lab/NAME, else ~/.local/state/drplan-lab/NAME)")
}

// path is the folder, absolute, of a lab that is there. Without a name that is
// the only one of the two that go by default.
func (f *folder) path() (string, error) {
	if f.dir != "" || f.name != "" {
		return f.newPath("")
	}
	var found []string
	for _, name := range []string{clusterName, etcdName} {
		dir, err := lab.DefaultDir(name)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(dir); err == nil {
			found = append(found, name)
		}
	}
	if len(found) > 1 {
		return "", usage(errors.New("there are two labs, of a cluster and of etcd alone: say --name cluster or --name etcd"))
	}
	return f.newPath(append(found, etcdName)[0])
}

// The names of labs that are given none.
const (
	clusterName = lab.DefaultClusterName
	etcdName    = "etcd"
)

// newPath is the folder, absolute, of a lab that up makes or repairs; byDefault
// is its name if none was given.
func (f *folder) newPath(byDefault string) (string, error) {
	if f.name == "" {
		f.name = byDefault
	}
	if f.dir != "" {
		return filepath.Abs(f.dir)
	}
	if f.name == "" || strings.ContainsAny(f.name, `/\`) || strings.HasPrefix(f.name, ".") {
		return "", usage(errors.New("--name takes one word"))
	}
	return lab.DefaultDir(f.name)
}
