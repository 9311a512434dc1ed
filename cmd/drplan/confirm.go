package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/ui"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// confirm has a person name what a recovery will touch.
func (a *app) confirm(h engine.Header, c *plans.Compiled, given string) error {
	target, what, err := a.touches(c)
	if err != nil {
		return err
	}
	if given == "" {
		if given, err = a.askTarget(h, target, what); err != nil {
			return err
		}
	}
	if given != target {
		return cannot(fmt.Errorf("this recovery touches the %s %q, not %q: nothing was started", what, target, given), "if that is what you want: --confirm "+steps.ShellWord(target))
	}
	return nil
}

func (a *app) askTarget(h engine.Header, target, what string) (string, error) {
	if !ui.IsTerminal(a.in) {
		return "", cannot(fmt.Errorf("a recovery needs a confirmation: it touches the %s %q", what, target), "where there is no terminal, add: --confirm "+steps.ShellWord(target))
	}
	fmt.Fprintf(a.err, "This is a RECOVERY, not a drill: %s, %d steps.\nIt will touch the %s %q. Type its name to go on: ", h.Procedure, len(h.Graph.Nodes), what, target)
	line, err := a.keyboard().ReadLine(context.Background())
	if err != nil {
		return "", cannot(errors.New("not confirmed: nothing was started"), "")
	}
	return strings.TrimSpace(line), nil
}

// touches names what a recovery changes: the clusters of its steps, without
// clusters in the plan the kubeconfig's context, and without a step that needs a
// cluster the procedure.
func (a *app) touches(c *plans.Compiled) (target, what string, err error) {
	names, unnamed := map[string]bool{}, false
	reg := registry()
	for _, n := range c.Graph.Nodes {
		spec := specOf(n)
		kind, _ := reg.Lookup(n.Type)
		switch {
		case spec.Cluster != nil:
			names[spec.Cluster.Name] = true
		case kind.NeedsCluster(spec.Input):
			unnamed = true
		}
	}
	if unnamed {
		context, err := currentContext(a.getenv)
		return context, "kubeconfig context", err
	}
	if len(names) > 0 {
		return strings.Join(slices.Sorted(maps.Keys(names)), ","), "cluster", nil
	}
	return c.Procedure, "procedure", nil
}

// currentContext is the kubeconfig's: of $KUBECONFIG's files the first that
// says one, else of ~/.kube/config.
func currentContext(getenv func(string) string) (string, error) {
	files := filepath.SplitList(getenv("KUBECONFIG"))
	if len(files) == 0 {
		files = []string{filepath.Join(getenv("HOME"), ".kube", "config")}
	}
	for _, file := range files {
		var config struct {
			Context string `yaml:"current-context"`
		}
		data, err := os.ReadFile(file)
		if err == nil && yaml.Unmarshal(data, &config) == nil && config.Context != "" {
			return config.Context, nil
		}
	}
	return "", cannot(fmt.Errorf("no current context in %s", cmp.Or(strings.Join(files, ", "), "a kubeconfig")), "name the cluster under clusters: in the plan, or set KUBECONFIG")
}
