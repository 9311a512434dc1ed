package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal/mirror"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report/store"
)

// enters enters a new run among those of its folder. A register that cannot be
// had is told, and keeps no run from beginning.
func (a *app) enters(runs, runID string, say func(string)) func(func(*engine.Registration) error) error {
	host, _ := os.Hostname()
	start := register.Start{Runs: runs, Run: runID, By: whoami(a.getenv), From: host}
	return func(create func(*engine.Registration) error) error {
		trouble, err := register.Enter(start, func(p register.Place) error { return create(registration(p)) })
		if err == nil && trouble != nil {
			say(trouble.Error())
		}
		return err
	}
}

func registration(p register.Place) *engine.Registration {
	return &engine.Registration{ID: p.Register, Number: p.Number, Previous: p.Previous, Records: p.Records, Head: p.Head, Reason: p.Reason}
}

func placeOf(r *engine.Registration) *register.Place {
	if r == nil {
		return nil
	}
	return &register.Place{Register: r.ID, Number: r.Number, Previous: r.Previous, Records: r.Records, Head: r.Head, Reason: r.Reason}
}

// gapsIn holds a store of runs against its register. ids are the runs that are there.
// A mirror's register knows which runs were begun, and nothing of their order.
func gapsIn(s store.Store, ids []string, deep bool) ([]register.Gap, error) {
	f, ok := s.(store.Folder)
	if !ok {
		return mirrorGaps(s.Name(), ids)
	}
	there := make([]register.Run, 0, len(ids))
	for one := range store.Headers(context.Background(), s, ids) {
		run := register.Run{ID: one.ID, Fetched: exists(filepath.Join(f.Dir(one.ID), fetchedName))}
		if one.Err == nil { // else whoever looks at the run says why
			run.Place = placeOf(one.Value.Register)
		}
		there = append(there, run)
	}
	return register.Check(f.Name(), there, deep)
}

// mirrorGaps are the runs whose starts a mirror knows, and which are neither there
// nor here.
func mirrorGaps(address string, ids []string) ([]register.Gap, error) {
	bucket, err := openMirror(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := mirrorContext()
	defer cancel()
	known := make(map[string]bool, len(ids))
	for _, id := range ids {
		known[id] = true
	}
	gone, err := mirror.Gone(ctx, bucket, known)
	if err != nil {
		return nil, cannot(err, "")
	}
	var out []register.Gap
	for _, id := range gone {
		out = append(out, register.Gap{Run: id, Missing: true, Text: "its start stands in " + address + ", and the run is gone"})
	}
	return out, nil
}

// startOf is a run's line in the register, for the mirror; nil where it has none.
func startOf(runs, runID string) []byte {
	r, err := register.Read(runs)
	if err != nil {
		return nil // told when the run was begun
	}
	for _, e := range r.Entries {
		if e.Run == runID {
			return append(e.Line(), '\n')
		}
	}
	return nil
}

// gap says of a run that its predecessor is not where it was.
func (r *run) gap() string {
	p := r.Header.Register
	if p == nil || p.Previous == "" || r.dir == "" || exists(filepath.Join(r.dir, fetchedName)) || exists(filepath.Join(filepath.Dir(r.dir), p.Previous)) {
		return ""
	}
	if reg, err := register.Read(filepath.Dir(r.dir)); err == nil {
		if a := reg.OfRun(p.Previous); a != nil && a.Kind == register.Archived {
			return fmt.Sprintf("the run before this one, %s, is not in the folder of runs: %s", p.Previous, a.Says())
		}
	}
	return fmt.Sprintf("the run before this one, %s, is not in the folder of runs: it was deleted or moved", p.Previous)
}
