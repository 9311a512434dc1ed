package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/drplan/drplan/lab"
	"github.com/spf13/cobra"
)

// folder holds the flags that say which lab is meant.
type folder struct{ name, dir string }

func (f *folder) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.name, "name", "etcd", "the lab's name; labs of different names stand side by side")
	cmd.Flags().StringVar(&f.dir, "dir", "", "the lab's folder (default $XDG_STATE_HOME/drplan-lab/NAME, else ~/.local/state/drplan-lab/NAME)")
}

// path is the lab's folder, absolute.
func (f *folder) path() (string, error) {
	if f.dir != "" {
		return filepath.Abs(f.dir)
	}
	if f.name == "" || strings.ContainsAny(f.name, `/\`) || strings.HasPrefix(f.name, ".") {
		return "", usage(errors.New("--name takes one word"))
	}
	return lab.DefaultDir(f.name)
}
