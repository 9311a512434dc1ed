package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/report/store"
)

const bucketScheme = "s3://"

func isBucket(runs string) bool { return strings.HasPrefix(runs, bucketScheme) }

// storeFlag is --runs of commands that read runs: a folder, or a bucket.
func storeFlag(cmd *cobra.Command, runs *string) {
	cmd.Flags().StringVar(runs, "runs", "", "the folder of all runs, or their mirror as s3://bucket/prefix (default $DRPLAN_RUNS, else drplan/runs in the XDG state folder)")
}

// runsFlag is --runs of commands that write a run.
func runsFlag(cmd *cobra.Command, runs *string) {
	cmd.Flags().StringVar(runs, "runs", "", "the folder of all runs (default $DRPLAN_RUNS, else drplan/runs in the XDG state folder)")
}

// openStore opens what --runs names, else $DRPLAN_RUNS, else the journal's default.
func openStore(flag string) (store.Store, error) {
	if flag == "" {
		flag = journal.DefaultRuns()
	}
	if !isBucket(flag) {
		return store.Folder(absolute(flag)), nil
	}
	address := strings.TrimRight(flag, "/")
	mirrors.Lock()
	defer mirrors.Unlock()
	if m := mirrors.opened[address]; m != nil {
		return m, nil
	}
	bucket, err := openBucket("store of runs", address)
	if err != nil {
		return nil, err
	}
	m := store.NewMirror(bucket, address)
	mirrors.opened[address] = m
	return m, nil
}

// mirrors are opened once: what one part of a command has read of a bucket, another
// does not read again.
var mirrors = struct {
	sync.Mutex
	opened map[string]*store.Mirror
}{opened: map[string]*store.Mirror{}}

// runsFolder is the folder in which runs are driven, and written to. A mirror is
// written by the driver of a run alone.
func runsFolder(flag string) (string, error) {
	if flag == "" {
		flag = journal.DefaultRuns()
	}
	if isBucket(flag) {
		return "", usage(fmt.Errorf("%s is a mirror: runs can be read from there, and are driven, answered and signed in a folder", flag),
			"name the folder with --runs. Where the run goes on now is said by drplan report RUN --runs "+flag+
				"\nTo go on with it on this machine: drplan run --resume RUN --runs FOLDER --mirror "+flag)
	}
	return absolute(flag), nil
}

// noRunError says that there is no run, or no place for it, where people looked.
type noRunError struct{ text string }

func (e *noRunError) Error() string { return e.text }

func noRun(format string, args ...any) error { return &noRunError{fmt.Sprintf(format, args...)} }

// mustBeThere refuses a folder that people named and that is not there: they would
// take a slip of the pen for a folder without runs.
func mustBeThere(s store.Store) error {
	f, ok := s.(store.Folder)
	if !ok {
		return nil
	}
	info, err := os.Stat(f.Name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cannot(noRun("there is no folder %s", f), "name a folder of runs with --runs, or leave it out")
	case err == nil && !info.IsDir():
		return cannot(fmt.Errorf("%s is no folder", f), "name a folder of runs with --runs, or leave it out")
	case err != nil:
		return cannot(err, "")
	}
	return nil
}

// runsIn lists the runs of a store, newest first.
func runsIn(s store.Store) ([]string, error) {
	ids, err := s.IDs(context.Background())
	if err != nil {
		return nil, cannot(err, "")
	}
	return ids, nil
}

// runsOf is a store, and its runs, newest first.
func runsOf(flag string) (store.Store, []string, error) {
	s, err := openStore(flag)
	if err == nil && flag != "" {
		err = mustBeThere(s)
	}
	if err != nil {
		return nil, nil, err
	}
	ids, err := runsIn(s)
	return s, ids, err
}

// runsLeftOf is runsOf where somebody else knows which runs there were: a folder that
// is gone has none left.
func runsLeftOf(flag string, elsewhere bool) (store.Store, []string, error) {
	if !elsewhere {
		return runsOf(flag)
	}
	s, err := openStore(flag)
	if err != nil {
		return nil, nil, err
	}
	ids, err := runsIn(s)
	return s, ids, err
}

// isRunFolder reports whether people named a run by its folder.
func isRunFolder(asked string) bool {
	return strings.ContainsRune(asked, filepath.Separator) || asked == "."
}

// goneRun says what can be done about a run whose journal is gone.
func goneRun(err error) error {
	if errors.Is(err, store.ErrGone) {
		return cannot(err, "put journal.jsonl back from a copy; without it nobody can tell what the run did")
	}
	return err
}
