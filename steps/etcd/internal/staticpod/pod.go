package staticpod

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/drplan/drplan/steps/etcd/internal/process"
)

// Pod is a static pod, by its manifest.
type Pod struct {
	control  process.Control
	manifest process.Manifest
	groups   []string            // its control groups when it left
	moved    map[string][]string // where folders of the host may lie that its containers have mounted
}

// Open reads the manifest, whether it is in the kubelet's folder or was moved
// away.
func Open(path string) (*Pod, error) {
	p := &Pod{control: process.Control{StaticPod: path}}
	var err error
	p.manifest, err = p.control.ReadManifest()
	return p, err
}

// Moved says where a folder of the host may lie that containers have mounted: what
// is mounted stays so under its new name.
func (p *Pod) Moved(folder string, to ...string) {
	if p.moved == nil {
		p.moved = map[string][]string{}
	}
	p.moved[folder] = append(p.moved[folder], to...)
}

// Path is where the kubelet expects the manifest.
func (p *Pod) Path() string { return p.control.StaticPod }

// Name is the manifest's name for people: kube-apiserver.
func (p *Pod) Name() string {
	return strings.TrimSuffix(filepath.Base(p.Path()), filepath.Ext(p.Path()))
}

// Processes are the containers' first processes, as they run now. None is no
// proof that the pod is dead: its command may be one that cannot be recognised.
func (p *Pod) Processes() []Process {
	var out []Process
	for _, pid := range pids() {
		if id, ok := process.Identify(pid); ok && p.owns(pid) && id.Alive() {
			out = append(out, Process{id})
		}
	}
	return out
}

func (p *Pod) owns(pid int) bool {
	argv := argvOf(pid)
	if len(argv) == 0 {
		return false
	}
	for _, c := range p.manifest.Containers() {
		if runs(c, argv) && p.sees(c, pid) {
			return podGroup(pid) != ""
		}
	}
	return false
}

// runs reports whether the container's process has the arguments argv.
func runs(c process.Container, argv []string) bool {
	want := slices.Concat(c.Command, c.Args)
	if len(c.Command) > 0 {
		return slices.Equal(argv, want)
	}
	return len(want) > 0 && len(argv) > len(want) && slices.Equal(argv[len(argv)-len(want):], want)
}

// sees reports whether the process sees something of the host that the container
// mounts. One is enough: a file that was replaced since is another one now.
func (p *Pod) sees(c process.Container, pid int) bool {
	for at, host := range c.Host {
		inside, err := os.Stat(filepath.Join("/proc", strconv.Itoa(pid), "root", at))
		if err != nil {
			continue
		}
		for _, path := range append([]string{host}, p.moved[host]...) {
			if outside, err := os.Stat(path); err == nil && os.SameFile(inside, outside) {
				return true
			}
		}
	}
	return false
}

func argvOf(pid int) []string {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil || len(data) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00")
}

// pids are all processes that are seen from here.
func pids() []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var out []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && pid != os.Getpid() {
			out = append(out, pid)
		}
	}
	return out
}
