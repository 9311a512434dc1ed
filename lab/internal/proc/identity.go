package proc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Identity names one process for good.
type Identity struct {
	PID   int
	Start uint64 // field 22 of /proc/PID/stat: clock ticks after boot
	Boot  string // /proc/sys/kernel/random/boot_id
}

// Self is the identity of the calling process. It stays the same over exec.
func Self() (Identity, error) {
	return identify(os.Getpid())
}

// identify reads the identity of the living process pid; one that is gone, or a
// zombie that only waits to be reaped, is fs.ErrNotExist.
func identify(pid int) (Identity, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Identity{}, err
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Identity{}, fmt.Errorf("process %d: %w", pid, os.ErrNotExist)
	}
	state, start, err := parseStat(string(stat))
	if err != nil {
		return Identity{}, fmt.Errorf("process %d: %w", pid, err)
	}
	if state == "Z" || state == "X" {
		return Identity{}, fmt.Errorf("process %d has ended: %w", pid, os.ErrNotExist)
	}
	return Identity{PID: pid, Start: start, Boot: strings.TrimSpace(string(boot))}, nil
}

// parseStat reads state and start time from a line of /proc/PID/stat. Its
// second field is the program's name in parentheses, which may hold blanks and
// parentheses of its own; proc(5) counts fields from 1.
func parseStat(stat string) (state string, start uint64, err error) {
	end := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[end+1:])
	if end < 0 || len(fields) < 20 {
		return "", 0, fmt.Errorf("unexpected stat line %q", stat)
	}
	start, err = strconv.ParseUint(fields[22-3], 10, 64)
	return fields[0], start, err
}

// Record writes the identity to path, one part a line, the number first, so
// that "read pid <file" serves a script.
func (id Identity) Record(path string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".pid-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = fmt.Fprintf(tmp, "%d\n%d\n%s\n", id.PID, id.Start, id.Boot)
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// Recorded reads what Record wrote.
func Recorded(path string) (Identity, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Identity{}, err
	}
	var id Identity
	if _, err := fmt.Sscan(string(data), &id.PID, &id.Start, &id.Boot); err != nil {
		return Identity{}, fmt.Errorf("%s is not a pid file of a lab: %w", path, err)
	}
	return id, nil
}

// Alive returns the process that the pid file names if it still runs. One that
// has ended, a number that now belongs to another process, and a missing or
// unreadable file are all just "no".
func Alive(pidFile string) (Identity, bool) {
	recorded, err := Recorded(pidFile)
	if err != nil {
		return Identity{}, false
	}
	now, err := identify(recorded.PID)
	return recorded, err == nil && now == recorded
}
