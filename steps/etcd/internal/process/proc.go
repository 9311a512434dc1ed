package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Identity is a process: its number and, because numbers are used again, when
// it began.
type Identity struct {
	PID   int    `json:"pid"`
	Begun uint64 `json:"begun"` // clock ticks since boot
	Boot  string `json:"boot"`  // which boot; "" where the kernel does not say
}

// Identify is the process that has the number now; false when none has.
func Identify(pid int) (Identity, bool) {
	begun, ok := begun(pid)
	return Identity{pid, begun, bootID()}, ok
}

var bootID = sync.OnceValue(func() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
})

// Age is how long ago the process began.
func (id Identity) Age(now time.Time) time.Duration { return now.Sub(bootTime().Add(ticks(id.Begun))) }

// readPIDFile is the process that a pid file names; zero when it names none
// that runs, or when the number has gone to a process begun after the file was
// written.
func readPIDFile(file string) Identity {
	pid := readPID(file)
	info, err := os.Stat(file)
	if err != nil || pid == 0 {
		return Identity{}
	}
	begun, ok := begun(pid)
	if !ok || bootTime().Add(ticks(begun)).After(info.ModTime().Add(pidFileSlack)) {
		return Identity{}
	}
	return Identity{pid, begun, bootID()}
}

// readPID is the number in a pid file; 0 when there is none.
func readPID(file string) int {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 0 {
		return 0
	}
	return pid
}

// namesDead reports whether the pid file names a process that is gone.
func namesDead(file string) bool { return readPID(file) != 0 && !readPIDFile(file).Alive() }

// pidFileSlack allows for the coarse clocks of boot time and file systems.
const pidFileSlack = 2 * time.Second

// Alive reports whether the process runs; a zombie does not.
func (id Identity) Alive() bool {
	if id.PID == 0 {
		return false
	}
	now, ok := Identify(id.PID)
	return ok && now == id
}

// begun reads when a process began, in clock ticks since boot; false when there
// is none, or a zombie. See proc_pid_stat(5).
func begun(pid int) (uint64, bool) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, false
	}
	// The command's name, in parentheses, may hold anything.
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	const state, starttime = 0, 19
	if len(fields) <= starttime || fields[state] == "Z" || fields[state] == "X" {
		return 0, false
	}
	n, err := strconv.ParseUint(fields[starttime], 10, 64)
	return n, err == nil
}

// ticks are 1/100 s on every Linux that Go runs on (USER_HZ).
func ticks(n uint64) time.Duration { return time.Duration(n) * 10 * time.Millisecond }

func bootTime() time.Time {
	data, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}
	}
	for line := range strings.Lines(string(data)) {
		if rest, found := strings.CutPrefix(line, "btime "); found {
			n, _ := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			return time.Unix(n, 0)
		}
	}
	return time.Time{}
}

// holder finds a process, other than this one, with an open file below folder.
// Processes of other users are seen only by root.
func holder(folder string) (pid int, file string) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, ""
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if file := holds(pid, folder); file != "" {
			return pid, file
		}
	}
	return 0, ""
}

func holds(pid int, folder string) string {
	fds := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	entries, err := os.ReadDir(fds)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(fds, e.Name()))
		if err == nil && strings.HasPrefix(target, folder+"/") {
			return target
		}
	}
	return ""
}

// unit asks systemd, which may be about to restart what just died.
func (w *Watch) unit(ctx context.Context) (string, bool) {
	if w.traces.Unit == "" {
		return "", false
	}
	cmd, err := Exec{Environ: w.traces.Environ}.command(ctx, []string{"systemctl", "is-active", w.traces.Unit})
	if err != nil {
		return "", false
	}
	out, err := cmd.Output()
	state := strings.TrimSpace(string(out))
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return "", false
	}
	if state == "inactive" || state == "failed" || state == "unknown" {
		return "", true
	}
	return "systemd says that " + w.traces.Unit + " is " + state, false
}
