package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal/mirror"
	"github.com/drplan/drplan/journal/register"
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

// gaps holds a folder of runs against its register. ids are the runs that are there.
func gaps(runs string, ids []string, deep bool) ([]register.Gap, error) {
	there := make([]register.Run, len(ids))
	for i, id := range ids {
		dir := filepath.Join(runs, id)
		there[i] = register.Run{ID: id, Fetched: exists(filepath.Join(dir, fetchedName))}
		if h, ok := headerOf(dir); ok { // else whoever looks at the run says why
			there[i].Place = placeOf(h.Register)
		}
	}
	return register.Check(runs, there, deep)
}

// mirrorGaps are the runs whose starts a mirror knows, and which are neither there
// nor here.
func mirrorGaps(address string, ids []string) ([]register.Gap, error) {
	store, err := openMirror(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := mirrorContext()
	defer cancel()
	begun, err := mirror.Starts(ctx, store)
	if err != nil {
		return nil, cannot(err, "")
	}
	there, err := mirror.Runs(ctx, store)
	if err != nil {
		return nil, cannot(err, "")
	}
	known := map[string]bool{}
	for _, id := range append(there, ids...) {
		known[id] = true
	}
	var out []register.Gap
	for _, id := range begun {
		if !known[id] {
			out = append(out, register.Gap{Run: id, Missing: true, Text: "its start stands in " + address + ", and the run is gone"})
		}
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

// before says of a run that its predecessor is not where it was.
func (r *run) before() string {
	p := r.Header.Register
	if p == nil || p.Previous == "" || exists(filepath.Join(r.dir, fetchedName)) || exists(filepath.Join(filepath.Dir(r.dir), p.Previous)) {
		return ""
	}
	return fmt.Sprintf("the run before this one, %s, is not in the folder of runs: it was deleted or moved", p.Previous)
}
