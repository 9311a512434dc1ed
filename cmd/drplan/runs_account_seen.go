package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/report/store"
)

// archivedRun finds the run that was, or is to be, moved, and what can be seen of it.
func archivedRun(folder, asked string, said *register.Account) error {
	s := store.Folder(folder)
	ids, err := runsIn(s)
	if err != nil {
		return err
	}
	missing, err := gapsIn(s, ids, false)
	if err != nil {
		return cannot(err, "")
	}
	all := slices.Clone(ids)
	for _, g := range missing {
		if g.Missing {
			all = append(all, g.Run)
		}
	}
	if said.Run, err = pickRun(folder, all, asked); err != nil {
		return err
	}
	if slices.Contains(ids, said.Run) {
		*said, err = said.Seen(s.Dir(said.Run))
		return onlyWhole(err)
	}
	return seenElsewhere(folder, said)
}

func onlyWhole(err error) error {
	if err == nil {
		return nil
	}
	return cannot(fmt.Errorf("the run's journal cannot be read to its end, so nothing can be said of it: %w", err), "drplan runs verify says what does not hold")
}

// seenElsewhere looks at the copy itself, where it can be read from here, and holds it
// against what the register has of the run.
func seenElsewhere(folder string, said *register.Account) error {
	info, err := os.Stat(said.Where)
	if err != nil {
		return nil // a place that cannot be looked at from here
	}
	said.Where = absolute(said.Where)
	if !info.IsDir() {
		return seenInBundle(folder, said)
	}
	dir := said.Where
	if !exists(filepath.Join(dir, "journal.jsonl")) {
		dir = filepath.Join(dir, said.Run)
	}
	if !exists(filepath.Join(dir, "journal.jsonl")) {
		return cannot(fmt.Errorf("%s is here, and has no run %s", said.Where, said.Run), "name the folder, or the bundle, that has it")
	}
	seen, err := said.Seen(dir)
	if err != nil {
		return onlyWhole(err)
	}
	if id := runIDOf(dir); id != said.Run {
		return anotherRun(said, id)
	}
	*said = seen
	return sameFirst(folder, said)
}

func seenInBundle(folder string, said *register.Account) error {
	r, first, err := evidence.LookIn(said.Where)
	switch {
	case err != nil:
		return cannot(fmt.Errorf("%s: %w", said.Where, err), "")
	case r.Verdict == evidence.Broken:
		return cannot(fmt.Errorf("%s does not hold: %s", said.Where, r.Finding), "a copy that is broken accounts for nothing")
	case r.Run != said.Run:
		return anotherRun(said, r.Run)
	}
	said.Records, said.Head, said.First = r.Journal.Records, r.Journal.Sum, first
	return sameFirst(folder, said)
}

func anotherRun(said *register.Account, id string) error {
	return cannot(fmt.Errorf("%s is a copy of run %s, not of %s", said.Where, id, said.Run), "")
}

// sameFirst holds the first record of a copy against the one that was entered.
func sameFirst(folder string, said *register.Account) error {
	reg, err := register.Read(folder)
	if err != nil {
		return nil //nolint:nilerr // Record says what is wrong with the register
	}
	for _, e := range reg.Entries {
		if e.Run == said.Run && e.Head != "" && e.Head != said.First {
			return cannot(fmt.Errorf("%s is not the run that was entered as start %d: its first record is another", said.Where, e.Number), "")
		}
	}
	return nil
}

// broughtRun finds a run that is here.
func broughtRun(folder, asked string, said *register.Account) error {
	s := store.Folder(folder)
	ids, err := runsIn(s)
	if err != nil {
		return err
	}
	if said.Run, err = pickRun(folder, ids, asked); err != nil {
		return err
	}
	*said, err = said.Seen(s.Dir(said.Run))
	return onlyWhole(err)
}

// aside sets the register aside, where it cannot be used.
func aside(folder string, said *register.Account) error {
	if _, err := register.Read(folder); err == nil {
		return cannot(errors.New("the register of runs can be read: there is no reason to begin it anew"), "account for a single run, by its id")
	}
	s := store.Folder(folder)
	ids, err := runsIn(s)
	if err != nil {
		return err
	}
	for one := range store.Headers(context.Background(), s, ids) {
		if p := one.Value.Register; one.Err == nil && p != nil && p.ID != "" && !slices.Contains(said.Registers, p.ID) {
			said.Registers = append(said.Registers, p.ID)
		}
	}
	name, err := register.SetAside(folder, time.Now())
	if err != nil {
		return cannot(err, "")
	}
	if said.Where = name; name == "" {
		said.Where = "no place: it was gone"
	}
	return nil
}
