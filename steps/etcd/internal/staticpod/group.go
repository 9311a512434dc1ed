package staticpod

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/drplan/drplan/steps/etcd/internal/process"
)

// podPath finds a pod's control group in a process's: .../podUID with the
// cgroupfs driver, ...-podUID.slice with systemd's, in which - is written _.
var podPath = regexp.MustCompile(`^(.*/(?:[^/]*-)?pod([0-9a-f]{8}[0-9a-f_-]{24,28})(?:\.slice)?)/`)

// group is a line of /proc/PID/cgroup, cut after the pod.
type group struct {
	controllers string // "" in cgroup v2
	path        string
	uid         string
}

// groups are those of the pod that the process is in; none when it is in no pod.
func groups(pid int) []group {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	if err != nil {
		return nil
	}
	var out []group
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		if found := podPath.FindStringSubmatch(fields[2]); found != nil {
			out = append(out, group{strings.TrimPrefix(fields[1], "name="), found[1], found[2]})
		}
	}
	return out
}

// podGroup is the UID of the pod that the process is in; "" for none.
func podGroup(pid int) string {
	for _, g := range groups(pid) {
		return g.uid
	}
	return ""
}

// folders are where the kernel shows the pod's groups. The kubelet removes them
// as the last thing it does for a pod.
func (g group) folder() string { return filepath.Join("/sys/fs/cgroup", g.controllers, g.path) }

// groupFolders are the folders of the pod's groups that exist.
func groupFolders(pid int) []string {
	var out []string
	for _, g := range groups(pid) {
		if there(g.folder()) {
			out = append(out, g.folder())
		}
	}
	return out
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// What the kubelet's back-off goes by: a container that ends within ten minutes
// of its start, and was restarted before, waits at least ten seconds.
const (
	backOffMemory = 10 * time.Minute
	firstStart    = 5 * time.Second // between a pod's sandbox and its first containers
)

// HeldBack reports whether the kubelet would wait before it starts the process
// again, were it to end now: its pod is older than the process, and that young.
func (p Process) HeldBack(now time.Time) bool {
	uid := podGroup(p.PID)
	if uid == "" || p.Age(now) > backOffMemory {
		return false
	}
	oldest := p.Age(now)
	for _, pid := range pids() {
		if id, ok := process.Identify(pid); ok && podGroup(pid) == uid {
			oldest = max(oldest, id.Age(now))
		}
	}
	return oldest-p.Age(now) > firstStart
}
