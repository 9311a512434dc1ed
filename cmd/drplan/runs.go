package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/steps"
)

// runsFolder is the folder of all runs: --runs, else the journal's default.
func runsFolder(flag string) string {
	if flag == "" {
		flag = journal.DefaultRuns()
	}
	return absolute(flag)
}

func runsFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "runs", "", "the folder of all runs (default $DRPLAN_RUNS, else drplan/runs in the XDG state folder)")
}

// run is a run's folder.
type run struct {
	dir, id string
	*report.Run
	view engine.View
}

// findRun finds a run by its folder, its id, a prefix that no other run has, or "latest".
func findRun(runs, asked string) (*run, error) {
	dir, err := runDir(runsFolder(runs), asked)
	if err != nil {
		return nil, err
	}
	if bereft(dir) {
		return nil, goneError(dir)
	}
	past, err := report.Read(dir)
	if err != nil {
		return nil, err
	}
	past.Live, past.Now = driven(dir), time.Now()
	past.Told = toldIn(dir)
	m, err := engine.Replay(past.Header, past.Events)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return &run{dir: dir, id: past.Header.RunID, Run: past, view: m.View()}, nil
}

func runDir(runs, asked string) (string, error) {
	if strings.ContainsRune(asked, filepath.Separator) || asked == "." {
		if !exists(filepath.Join(asked, "journal.jsonl")) && !bereft(asked) {
			return "", usagef("%s is not the folder of a run", asked)
		}
		return filepath.Clean(asked), nil
	}
	ids, err := listRuns(runs)
	if err != nil {
		return "", err
	}
	id, err := pickRun(runs, ids, asked)
	return filepath.Join(runs, id), err
}

// secondInID is the part of a run's id that tells the time, to the second.
const secondInID = len("20060102T150405Z")

// listRuns lists the runs newest first: by id, and those of one second by the
// time in their journals. Those whose journal is gone are among them.
func listRuns(runs string) ([]string, error) {
	ids, err := journal.List(runs)
	ids = append(ids, bereftRuns(runs)...)
	slices.Sort(ids)
	slices.Reverse(ids)
	second := func(id string) string { return id[:min(len(id), secondInID)] }
	for i := 0; i < len(ids); {
		j := i + 1
		for j < len(ids) && second(ids[j]) == second(ids[i]) {
			j++
		}
		if j > i+1 {
			slices.SortStableFunc(ids[i:j], func(a, b string) int { return begunAt(runs, b).Compare(begunAt(runs, a)) })
		}
		i = j
	}
	return ids, err
}

// begunAt is when a run began; the zero time where its journal cannot be read.
func begunAt(runs, id string) time.Time {
	for head, err := range journal.Records(filepath.Join(runs, id)) {
		h, bad := engine.DecodeHeader(head)
		if err == nil && bad == nil {
			return h.Started
		}
		break
	}
	return time.Time{}
}

// pickRun chooses among ids, which stand newest first.
func pickRun(runs string, ids []string, asked string) (string, error) {
	if len(ids) == 0 {
		return "", usage(fmt.Errorf("there are no runs in %s", runs), "begin one with drplan run, or name another folder with --runs")
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
		return "", usage(fmt.Errorf("there is no run %q in %s", asked, runs), "the newest are "+strings.Join(ids[:min(3, len(ids))], ", "))
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
