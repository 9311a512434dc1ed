package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/store"
	"github.com/drplan/drplan/steps"
)

// run is a run that was read.
type run struct {
	store store.Store // where from; nil: people named its folder
	dir   string      // its folder; empty in a bucket
	id    string
	*report.Run
	view engine.View
}

// findRun finds a run, to read it: by its folder, its id, a prefix that no other run
// has, or "latest".
func findRun(runs, asked string) (*run, error) {
	if isRunFolder(asked) {
		return runInFolder(nil, asked)
	}
	s, ids, err := runsOf(runs)
	if err != nil {
		return nil, err
	}
	id, err := pickRun(s.Name(), ids, asked)
	if err != nil {
		return nil, err
	}
	return readRun(s, id)
}

// findHere is findRun for who writes to a run.
func findHere(runs, asked string) (*run, error) {
	if !isRunFolder(asked) {
		if _, err := runsFolder(runs); err != nil {
			return nil, err
		}
	}
	return findRun(runs, asked)
}

func runInFolder(s store.Store, dir string) (*run, error) {
	if !exists(filepath.Join(dir, "journal.jsonl")) && !store.Bereft(dir) {
		return nil, usagef("%s is not the folder of a run", dir)
	}
	dir = filepath.Clean(dir)
	past, err := store.ReadDir(dir)
	if err != nil {
		return nil, goneRun(err)
	}
	return replayed(s, dir, past)
}

func readRun(s store.Store, id string) (*run, error) {
	past, err := s.Read(context.Background(), id)
	if err != nil {
		return nil, goneRun(err)
	}
	dir := ""
	if f, ok := s.(store.Folder); ok {
		dir = f.Dir(id)
	}
	return replayed(s, dir, past)
}

func replayed(s store.Store, dir string, past *report.Run) (*run, error) {
	m, err := engine.Replay(past.Header, past.Events)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", past.Header.RunID, err)
	}
	if dir != "" {
		past.Told = toldIn(dir)
	}
	return &run{store: s, dir: dir, id: past.Header.RunID, Run: past, view: m.View()}, nil
}

// runDir is the folder of a run that people named.
func runDir(runs, asked string) (string, error) {
	if isRunFolder(asked) {
		if !exists(filepath.Join(asked, "journal.jsonl")) && !store.Bereft(asked) {
			return "", usagef("%s is not the folder of a run", asked)
		}
		return filepath.Clean(asked), nil
	}
	folder, err := runsFolder(runs)
	if err != nil {
		return "", err
	}
	ids, err := runsIn(store.Folder(folder))
	if err != nil {
		return "", err
	}
	id, err := pickRun(folder, ids, asked)
	return filepath.Join(folder, id), err
}

// pickRun chooses among ids, which stand newest first.
func pickRun(runs string, ids []string, asked string) (string, error) {
	if len(ids) == 0 {
		return "", cannot(noRun("there are no runs in %s", runs), "begin one with drplan run, or name another folder with --runs")
	}
	if asked == "latest" {
		return ids[0], nil
	}
	if asked == "" {
		return "", usagef("a run's id is not empty; use latest for the newest one")
	}
	if slices.Contains(ids, asked) {
		return asked, nil
	}
	found := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !strings.HasPrefix(id, asked) })
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", usage(noRun("there is no run %q in %s", asked, runs), "the newest are "+strings.Join(ids[:min(3, len(ids))], ", "))
	}
	return "", usage(fmt.Errorf("%q is the beginning of %d runs", asked, len(found)), "it could be "+strings.Join(found[:min(3, len(found))], " or "))
}

// openStep is a step that waits for a person's word.
type openStep struct {
	step   string // with its key
	node   engine.Node
	status engine.Status
}

// open lists the steps that wait for a person's word: approvals and durations
// that go on, attempts in doubt.
func (r *run) open() []openStep {
	var out []openStep
	for n := range r.view.Nodes() {
		for i := range n.Instances() {
			if n.Wait.People() && i.Status == engine.StatusWaiting || i.Status == engine.StatusInDoubt {
				out = append(out, openStep{local.JoinStep(n.ID, i.Key), *n.Node, i.Status})
			}
		}
	}
	return out
}

// says is what a run's open steps are, for hints.
func (r *run) openNames() string {
	open := r.open()
	if len(open) == 0 {
		return "no step of this run waits for anybody"
	}
	names := make([]string, len(open))
	for i, s := range open {
		what := string(s.node.Wait)
		if s.status == engine.StatusInDoubt {
			what = "in doubt"
		}
		names[i] = fmt.Sprintf("%s (%s)", s.step, what)
	}
	return "what waits: " + strings.Join(names, ", ")
}

// instance finds a step of a run as people write it.
func (r *run) instance(step string) (engine.NodeView, engine.InstanceView, error) {
	node, key := local.SplitStep(step)
	n, ok := r.view.Node(node)
	if !ok {
		return n, engine.InstanceView{}, usage(fmt.Errorf("run %s has no step %q", r.id, node), r.openNames())
	}
	i, ok := n.Instance(key)
	if !ok && key == "" && !n.ForEach { // its turn has not come: it has no instance yet
		return n, engine.InstanceView{Status: n.Status, Outcome: n.Outcome}, nil
	}
	if !ok && n.ForEach && key == "" {
		return n, i, usage(fmt.Errorf("step %s runs once for each item", node), "name one as "+local.JoinStep(node, "KEY")+"; "+r.openNames())
	}
	if !ok {
		return n, i, usage(fmt.Errorf("run %s has no step %q", r.id, step), r.openNames())
	}
	return n, i, nil
}

// resumeCommand is what takes a run up again.
func (r *run) resumeCommand(runs string) string { return resumeCommand(r.id, runs) }

func resumeCommand(id, runs string) string {
	cmd := "drplan run --resume " + id
	if runs != "" {
		cmd += " --runs " + steps.ShellWord(absolute(runs))
	}
	return cmd
}
