package filelock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOnlyOneHoldsTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 3*poll)
	defer cancel()
	if _, err := Lock(short, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second holder: %v, want to wait in vain", err)
	}
	first.Unlock()
	second, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	second.Unlock()
}

func TestAWaiterIsNotFooledByARemovedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan *File)
	go func() {
		second, err := Lock(t.Context(), path)
		if err != nil {
			t.Error(err)
		}
		got <- second
	}()
	time.Sleep(2 * poll) // so that it waits on the old file in most runs; it must hold in all
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	first.Unlock()
	second := <-got
	defer second.Unlock()
	if !stillAt(second.file, path) {
		t.Error("the lock is held on a file that nobody else would find")
	}
}

func TestAMissingFolderIsSaid(t *testing.T) {
	if _, err := Lock(t.Context(), "/no/such/folder/lock"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want fs.ErrNotExist", err)
	}
}
