package cgroup

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	found := parse(`24 27 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime shared:9 - cgroup cgroup rw,cpuset
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
50 27 0:50 / /elsewhere rw,relatime - cgroup2 cgroup2 rw
`)
	want := []hierarchy{
		{root: "/sys/fs/cgroup/cpuset", options: "rw,cpuset"},
		{root: "/sys/fs/cgroup/unified", unified: true, options: "rw"},
	}
	if len(found) != 2 || found[0] != want[0] || found[1] != want[1] {
		t.Errorf("found %+v, want %+v", found, want)
	}
}

func TestIsBelow(t *testing.T) {
	for _, c := range []struct {
		membership string
		want       bool
	}{
		{"4:memory:/drplan-1/servers\n0::/\n", true},
		{"4:memory:/drplan-1\n", true},
		{"0::/drplan-1/kubepods/x\n", true},
		{"4:memory:/drplan-10/servers\n0::/\n", false},
		{"4:memory:/a/drplan-1\n", false},
		{"", false},
	} {
		if got := isBelow(c.membership, "drplan-1"); got != c.want {
			t.Errorf("isBelow(%q) is %v", c.membership, got)
		}
	}
}

// TestEnd puts a process that forks into a real group and ends it.
func TestEnd(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("making a control group needs root")
	}
	g, err := New("drplan-test-end")
	if err != nil {
		t.Skip("no control groups are mounted here")
	}
	t.Cleanup(func() { _ = g.End(t.Context()) })
	if err := g.Make(); err != nil {
		t.Fatal(err)
	}
	if err := g.Make(); err != nil {
		t.Errorf("made again: %v", err)
	}
	bystander := exec.Command("sleep", "60")
	inside := exec.Command("sh", "-c", "while :; do sleep 60 & wait; done")
	for _, cmd := range []*exec.Cmd{bystander, inside} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
	}
	go func() { _ = inside.Wait() }()
	if err := g.move(inside.Process.Pid); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if pids, _ := g.Processes(); len(pids) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the group has no process")
		}
	}
	if err := g.End(t.Context()); err != nil {
		t.Fatal(err)
	}
	if g.Exists() {
		t.Error("the group is still there")
	}
	if ended(bystander.Process.Pid) {
		t.Error("a process outside was killed too")
	}
	if !ended(inside.Process.Pid) {
		t.Error("the process inside still runs")
	}
}
