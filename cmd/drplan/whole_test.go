package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestWriteWhole: a file is whole or as it was, keeps its mode and its link, and
// nothing else is left beside it.
func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	holds := func(what, want string, mode fs.FileMode) {
		t.Helper()
		info, err := os.Stat(file)
		if err != nil || read(t, file) != want || info.Mode().Perm() != mode {
			t.Errorf("%s: %v %q, %v; want %v %q", what, info.Mode(), read(t, file), err, mode, want)
		}
	}
	if err := writeWhole(file, 0o640, whole([]byte("one"))); err != nil {
		t.Fatal(err)
	}
	holds("new", "one", 0o640)
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(link, 0o600, whole([]byte("two"))); err != nil {
		t.Fatal(err)
	}
	holds("by its link", "two", 0o640)
	if to, err := os.Readlink(link); err != nil || to != "file" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	broken := errors.New("broken")
	err := writeWhole(file, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of th")
		return errors.Join(err, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	holds("half written", "two", 0o640)
	if err := writeWhole(dir, 0o600, whole(nil)); err == nil || err.Error() != "is a directory" {
		t.Errorf("a folder: %v", err)
	}
	if err := writeWhole(filepath.Join(dir, "none", "file"), 0o600, whole(nil)); err == nil || err.Error() != "no such file or directory" {
		t.Errorf("in no folder: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
