package staticpod

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Kubelet finds the process that watches a manifest's folder (inotify(7)), as a
// kubelet does. known is false when nobody could tell: only root sees what other
// processes watch. A pid of 0 that is known: there is none.
func Kubelet(manifest string) (pid int, known bool) {
	var folder unix.Stat_t
	if os.Geteuid() != 0 || unix.Stat(filepath.Dir(manifest), &folder) != nil {
		return 0, false
	}
	for _, pid := range pids() {
		if watches(pid, folder) {
			return pid, true
		}
	}
	return 0, true
}

func watches(pid int, folder unix.Stat_t) bool {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	entries, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return false
	}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, "fd", e.Name()))
		if err != nil || target != "anon_inode:inotify" {
			continue
		}
		info, err := os.ReadFile(filepath.Join(dir, "fdinfo", e.Name()))
		if err == nil && listsFolder(string(info), folder) {
			return true
		}
	}
	return false
}

// listsFolder reads lines such as "inotify wd:1 ino:c0953 sdev:fe00000 mask:fc6".
// See proc_pid_fdinfo(5).
func listsFolder(info string, folder unix.Stat_t) bool {
	major, minor := unix.Major(folder.Dev), unix.Minor(folder.Dev)
	device := fmt.Sprintf(" sdev:%x ", uint64(major)<<20|uint64(minor))
	inode := fmt.Sprintf(" ino:%x ", folder.Ino)
	for line := range strings.Lines(info) {
		if strings.Contains(line, inode) && strings.Contains(line, device) {
			return true
		}
	}
	return false
}
