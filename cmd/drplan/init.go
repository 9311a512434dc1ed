package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/steps"
)

//go:embed starters/*.yaml
var starters embed.FS

var starterNames = []string{"blank", "etcd", "namespace"}

func (a *app) initCommand() *cobra.Command {
	var what string
	var force bool
	cmd := &cobra.Command{
		Use:               "init [FILE]",
		Short:             "Write a first plan, with comments, to go on from",
		Example:           "  drplan init --for etcd",
		Args:              oneAtMost,
		ValidArgsFunction: completePlans,
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := starters.ReadFile("starters/" + what + ".yaml")
			if err != nil {
				return usagef("--for is one of %s, not %q", strings.Join(starterNames, ", "), what)
			}
			return a.writeStarter(planArg(args), data, force)
		},
	}
	cmd.Flags().StringVar(&what, "for", "blank", strings.Join(starterNames, ", "))
	cmd.Flags().BoolVar(&force, "force", false, "overwrite the file")
	complete(cmd, "for", words(starterNames...))
	return cmd
}

func (a *app) writeStarter(path string, data []byte, force bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return cannot(fmt.Errorf("%s is there already", path), "name another file, or overwrite it with --force")
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "wrote %s; check it with: drplan validate %s\n", path, steps.ShellWord(path))
	return err
}
