package lab_test

import (
	"os"
	"os/exec"
	"testing"
)

// The lab exists to be destroyed and recovered: these are the two recoveries of
// an etcd, done by hand with the lab's scripts and etcd's own tools.

func TestAllMembersRestoredFromASnapshot(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 300)
	shell(t, dir, `
		ETCDCTL_ENDPOINTS="${ETCD_ENDPOINTS%%,*}" etcdctl snapshot save "$LAB_DIR/snap"
		etcdctl put /registry/after x`)
	for _, m := range l.Etcd.Members {
		mustRun(t, m.Kill)
		if err := os.RemoveAll(m.DataDir); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range l.Etcd.Members {
		mustRun(t, l.Etcd.Etcdutl, "snapshot", "restore", dir+"/snap", "--data-dir", m.DataDir,
			"--name", m.Name, "--initial-advertise-peer-urls", m.PeerURL,
			"--initial-cluster", l.Etcd.InitialCluster, "--initial-cluster-token", "another")
	}
	for _, m := range l.Etcd.Members {
		mustRun(t, m.Start)
	}
	for name, s := range healthy(t, dir) {
		if name != "s3" && s.Keys != 300 {
			t.Errorf("%s has %d keys, want the snapshot's 300", name, s.Keys)
		}
	}
	if n := starts(t, l.Etcd.Members[0].Process); n != 2 {
		t.Errorf("%d starts of m1 on record, want 2", n)
	}
}

func TestOneMemberReplaced(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	l := up(t, dir, 300)
	m := l.Etcd.Members[2]
	mustRun(t, m.Kill)
	if err := os.RemoveAll(m.DataDir); err != nil {
		t.Fatal(err)
	}
	shell(t, dir, `
		export ETCDCTL_ENDPOINTS="${ETCD_ENDPOINTS%,*}"
		id=$(etcdctl member list | grep ', m3,' | cut -d, -f1)
		etcdctl member remove "$id"
		# etcd refuses a new member until its others have been connected for five seconds.
		for try in $(seq 60); do
			etcdctl member add m3 --peer-urls `+m.PeerURL+` 2>&1 && exit 0
			sleep 0.2
		done
		exit 1`)
	start := exec.Command(m.Start)
	start.Env = append(os.Environ(), "ETCD_EXTRA_ARGS=--initial-cluster-state existing")
	if out, err := start.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if s := healthy(t, dir)["m3"]; s.Keys != 300 {
		t.Errorf("the new member has %d keys, want 300", s.Keys)
	}
	// From now on it has data, and starts as any other.
	mustRun(t, m.Stop)
	mustRun(t, m.Start)
	healthy(t, dir)
}
