package cgroup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	endBound = 30 * time.Second
	poll     = 10 * time.Millisecond
)

// End kills every process of the group and removes it from every hierarchy. A
// group that is not there is no error.
func (g Group) End(ctx context.Context) error {
	if err := g.Kill(ctx); err != nil {
		return err
	}
	return g.until(ctx, g.remove)
}

// Kill kills every process of the group and of the groups below, those that are
// forked meanwhile too, and returns when none is left.
func (g Group) Kill(ctx context.Context) error {
	return g.until(ctx, func() (bool, error) {
		pids, err := g.Processes()
		for _, pid := range pids {
			if err := g.killOne(pid); err != nil {
				return false, err
			}
		}
		return len(pids) == 0, err
	})
}

// until repeats step until it is done, up to a bound: a process in an
// uninterruptible wait (a dead disk) dies only when that ends.
func (g Group) until(ctx context.Context, step func() (done bool, err error)) error {
	for deadline := time.Now().Add(endBound); ; {
		done, err := step()
		if done || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			pids, _ := g.Processes()
			return fmt.Errorf("the control group %s is not empty %s after SIGKILL: processes %v", g.Name, endBound, pids)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(poll):
		}
	}
}

// killOne opens the process first and looks after that whether it is still the
// group's: its number may be another's by now.
func (g Group) killOne(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open process %d: %w", pid, err)
	}
	defer unix.Close(fd)
	if !g.has(pid) {
		return nil
	}
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("kill process %d: %w", pid, err)
	}
	return nil
}

func (g Group) has(pid int) bool {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return isBelow(string(data), g.Name)
}

// isBelow reads /proc/PID/cgroup: lines of id, controllers and path.
func isBelow(membership, name string) bool {
	for line := range strings.Lines(membership) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (parts[2] == "/"+name || strings.HasPrefix(parts[2], "/"+name+"/")) {
			return true
		}
	}
	return false
}

// Processes are the numbers of all processes in the group and below it, without
// zombies: those wait for their parent, and have ended.
func (g Group) Processes() ([]int, error) {
	var pids []int
	for _, dir := range g.dirs() {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone since its folder was read, or never there
			}
			if err != nil || !entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
			for field := range strings.FieldsSeq(string(data)) {
				if pid, err := strconv.Atoi(field); err == nil && !ended(pid) {
					pids = append(pids, pid)
				}
			}
			return ignoreGone(err)
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(pids)
	return slices.Compact(pids), nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

func ended(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	return strings.HasPrefix(state, "Z") || strings.HasPrefix(state, "X")
}

// remove takes the groups away, the lowest first. One that still holds a zombie
// is busy: then it is not done.
func (g Group) remove() (done bool, err error) {
	done = true
	for _, top := range g.dirs() {
		var dirs []string
		err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				dirs = append(dirs, path)
			}
			return ignoreGone(err)
		})
		if err != nil {
			return false, err
		}
		slices.Reverse(dirs)
		for _, dir := range dirs {
			err := os.Remove(dir)
			if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.ENOTEMPTY) {
				done = false
			} else if ignoreGone(err) != nil {
				return false, err
			}
		}
	}
	return done, nil
}
