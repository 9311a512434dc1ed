package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/lab/internal/filelock"
	"github.com/drplan/drplan/lab/internal/ports"
	"github.com/drplan/drplan/lab/internal/proc"
	"github.com/drplan/drplan/lab/internal/subnet"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// Down ends the lab's processes and removes its folder; no lab there is no
// error, and found says which it was. It needs no lab.json, so that the remains
// of an Up that was killed go too. A folder that is not a lab's is refused.
func Down(ctx context.Context, dir string) (found bool, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return downOrphan(ctx, dir)
	}
	if err != nil {
		return false, err
	}
	if !isLab(dir) {
		return false, fmt.Errorf("%s holds something else than a lab, nothing of it is touched", dir)
	}
	lock, err := filelock.Lock(ctx, filepath.Join(dir, lockName))
	if err != nil {
		return true, err
	}
	defer lock.Unlock()
	if err := errors.Join(downCluster(ctx, dir), killAll(ctx, dir)); err != nil {
		return true, err
	}
	// The records go last but the folder's lock: they say what there is to end.
	if err := removeContent(dir); err != nil {
		return true, err
	}
	if registry, err := portRegistry(); err == nil {
		ports.Release(registry, dir)
	}
	if err := forgetNumber(ctx, dir); err != nil {
		return true, err
	}
	return true, removeFolder(dir)
}

// downOrphan ends a cluster whose folder somebody has removed.
func downOrphan(ctx context.Context, dir string) (found bool, err error) {
	registry, err := subnetRegistry()
	if err != nil {
		return false, err
	}
	if _, found = subnet.Of(registry, dir); !found {
		return false, nil
	}
	if err := downCluster(ctx, dir); err != nil {
		return true, err
	}
	return true, forgetNumber(ctx, dir)
}

// removeContent leaves the lock's file alone: until that goes the folder is
// known as a lab's, and another Down can finish what this one could not.
func removeContent(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == lockName {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func removeFolder(dir string) error {
	if err := os.Remove(filepath.Join(dir, lockName)); err != nil {
		return err
	}
	// From here on the folder may be a new lab's: then it is not empty, and stays.
	if err := os.Remove(dir); err != nil && !errors.Is(err, unix.ENOTEMPTY) && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// killAll ends every process that has a pid file in the lab's folder. What it
// stored is about to be removed, so nothing is asked politely.
func killAll(ctx context.Context, dir string) error {
	files, err := fs.Glob(os.DirFS(dir), "members/*/pid")
	if err != nil {
		return err
	}
	var group errgroup.Group
	for _, file := range append(files, "s3/pid", s3Secondary+"/pid") {
		group.Go(func() error { return proc.Kill(ctx, filepath.Join(dir, file)) })
	}
	return group.Wait()
}
