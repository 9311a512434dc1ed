package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/drplan/drplan/journal"
)

// runFiles are what a run's folder has beside its journal, any of which tells
// that it was a run's.
var runFiles = []string{"lock", "inbox", "plan.yaml"}

// bereft reports whether a folder is a run's whose journal is gone. Nothing of
// ours deletes one, and a folder appears with its journal: who lists or verifies
// runs must hear of it.
func bereft(dir string) bool {
	if exists(filepath.Join(dir, "journal.jsonl")) {
		return false
	}
	return slices.ContainsFunc(runFiles, func(name string) bool { return exists(filepath.Join(dir, name)) })
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// bereftRuns lists the ids of such folders.
func bereftRuns(runs string) []string {
	entries, _ := os.ReadDir(runs) // who lists the runs has had the error
	var ids []string
	for _, e := range entries {
		if journal.CheckRunID(e.Name()) == nil && bereft(filepath.Join(runs, e.Name())) {
			ids = append(ids, e.Name())
		}
	}
	return ids
}

func goneError(dir string) error {
	return cannot(fmt.Errorf("the run in %s cannot be read: its journal is gone", dir),
		"put journal.jsonl back from a copy; without it nobody can tell what the run did")
}
