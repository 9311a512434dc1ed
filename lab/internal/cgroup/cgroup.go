package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// servers is the group below the lab's own that its servers join: on v2 a group
// that has groups below it, as the lab's has, may hold no process.
const servers = "servers"

// Group is a group of the same name in every hierarchy of the machine.
type Group struct {
	Name        string // one path element, directly below the root
	hierarchies []hierarchy
}

// hierarchy is one mounted tree of groups.
type hierarchy struct {
	root    string
	unified bool   // cgroup v2
	options string // on v1, the controllers among others
}

// New finds the machine's hierarchies. It touches nothing.
func New(name string) (Group, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return Group{}, err
	}
	g := Group{Name: name, hierarchies: parse(string(mounts))}
	if len(g.hierarchies) == 0 {
		return g, errors.New("no control groups are mounted at /sys/fs/cgroup: the kubelet needs them")
	}
	return g, nil
}

// parse reads the cgroup mounts out of a mountinfo file (proc(5)). Fields after
// the dash: type, source, options.
func parse(mountinfo string) (found []hierarchy) {
	for line := range strings.Lines(mountinfo) {
		before, after, ok := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if !ok || len(left) < 5 || len(right) < 3 || !strings.HasPrefix(left[4], "/sys/fs/cgroup") {
			continue
		}
		if kind := right[0]; kind == "cgroup" || kind == "cgroup2" {
			found = append(found, hierarchy{root: left[4], unified: kind == "cgroup2", options: right[2]})
		}
	}
	return found
}

func (g Group) dirs() []string {
	dirs := make([]string, len(g.hierarchies))
	for i, h := range g.hierarchies {
		dirs[i] = filepath.Join(h.root, g.Name)
	}
	return dirs
}

// Make makes the group in every hierarchy, unless it is there.
func (g Group) Make() error {
	for _, h := range g.hierarchies {
		for _, dir := range []string{filepath.Join(h.root, g.Name), filepath.Join(h.root, g.Name, servers)} {
			if err := h.make(dir); err != nil {
				return fmt.Errorf("make the control group %s: %w", dir, err)
			}
		}
	}
	return nil
}

func (h hierarchy) make(dir string) error {
	if h.unified {
		// Before the group: controllers reach a group from the one above.
		if err := h.delegate(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if strings.Contains(","+h.options+",", ",cpuset,") {
		return inheritCPUSet(dir)
	}
	return nil
}

// delegate lets the groups below dir use all controllers that dir has. Below
// the root some may be in use by threads or real-time processes; the kubelet
// says which it misses.
func (h hierarchy) delegate(dir string) error {
	have, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, controller := range strings.Fields(string(have)) {
		err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0)
		if err != nil && dir != h.root {
			return err
		}
	}
	return nil
}

// inheritCPUSet gives a new group of the v1 cpuset hierarchy the processors and
// memory nodes of the one above; without them it takes no process.
func inheritCPUSet(dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		if now, err := os.ReadFile(filepath.Join(dir, name)); err == nil && strings.TrimSpace(string(now)) != "" {
			continue
		}
		above, err := os.ReadFile(filepath.Join(filepath.Dir(dir), name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), above, 0); err != nil {
			return err
		}
	}
	return nil
}

// Join puts the calling process, with all its threads, into the group.
func (g Group) Join() error { return g.move(os.Getpid()) }

func (g Group) move(pid int) error {
	for _, dir := range g.dirs() {
		file := filepath.Join(dir, servers, "cgroup.procs")
		if err := os.WriteFile(file, []byte(strconv.Itoa(pid)), 0); err != nil {
			return fmt.Errorf("join the control group: %w", err)
		}
	}
	return nil
}

// Exists says whether anything of the group is there.
func (g Group) Exists() bool {
	for _, dir := range g.dirs() {
		if _, err := os.Stat(dir); err == nil {
			return true
		}
	}
	return false
}
