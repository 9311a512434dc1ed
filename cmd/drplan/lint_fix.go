package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/drplan/drplan/internal/ui"
	"github.com/drplan/drplan/lint"
)

// fix shows what can be mended, asks, and mends it. What is left is told as always.
func (a *app) fix(f lintFlags, all []linted) error {
	for i, one := range all {
		if one.doc == nil {
			continue
		}
		mended, n, err := lint.Fix(one.doc, one.found)
		if err != nil {
			return cannot(err, "mend it by hand")
		}
		if n == 0 {
			continue
		}
		if _, err := a.out.Write(diff.Diff(one.path, one.doc.Bytes, one.path+" (mended)", mended)); err != nil {
			return err
		}
		if one.stdin {
			continue // there is nothing to write to
		}
		if write, err := a.mayWrite(f, one.path, n); err != nil || !write {
			if err != nil {
				return err
			}
			continue
		}
		if err := replaceFile(one.path, one.doc.Bytes, mended); err != nil {
			return err
		}
		fmt.Fprintf(a.err, "%s: %s mended\n", one.path, count(n, "finding"))
		again := a.judge(f, []planFile{{path: one.path}}, false)
		all[i] = again[len(again)-1] // what it needs beside it was told of already
	}
	return a.tellFindings(f, all)
}

func (a *app) mayWrite(f lintFlags, path string, n int) (bool, error) {
	if f.yes {
		return true, nil
	}
	if !ui.IsTerminal(a.in) {
		fmt.Fprintf(a.err, "%s: nothing was written: %s could be mended with --fix --yes\n", path, count(n, "finding"))
		return false, nil
	}
	fmt.Fprintf(a.err, "Write this to %s? [yes/no] ", path)
	line, err := a.keyboard().ReadLine(context.Background())
	if err != nil {
		return false, cannot(errors.New("not answered: nothing was written"), "")
	}
	ok, _, _ := readAnswer(line)
	return ok, nil
}

// replaceFile writes a file anew, if it still is what was read.
func replaceFile(path string, was, now []byte) error {
	current, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(current, was) {
		return cannot(fmt.Errorf("%s was changed by somebody else meanwhile", path), "look at it, and run this again")
	}
	if err := writeWhole(path, 0o644, whole(now)); err != nil {
		return cannot(fmt.Errorf("%s cannot be written: %w", path, err), "")
	}
	return nil
}
