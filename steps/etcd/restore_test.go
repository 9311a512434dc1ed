package etcd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

func TestRestoreAfterLosingEveryMember(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 50)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 20)
	before := healthy(t, lab)
	kill(t, lab, true)

	out := mustPerform(t, Restore(), restoreInput(lab, file, object{"existing_data": "refuse"}))
	after := healthy(t, lab)

	if out["keys"] != int64(50) || after.Seen[0].Keys != 50 {
		t.Errorf("50 keys were backed up; the outputs say %v, the cluster %d", out["keys"], after.Seen[0].Keys)
	}
	if after.Seen[0].ClusterID == before.Seen[0].ClusterID {
		t.Error("the restored cluster has the ID of the lost one")
	}
	revision, restored := out["revision"].(int64), out["restored_revision"].(int64)
	if out["bump"] != int64(minBump) || restored != revision+minBump {
		t.Errorf("bump %v, revision %d, restored %d", out["bump"], revision, restored)
	}
	client := lab.Etcd.Client(t)
	got, err := client.Get(t.Context(), "/before/0007")
	if err != nil || got.Header.Revision < restored || got.Kvs[0].ModRevision > revision {
		t.Errorf("read %+v, error %v", got, err)
	}
	if _, err := client.Get(t.Context(), "/before/0007", clientv3.WithRev(restored-1)); !errors.Is(err, rpctypes.ErrCompacted) {
		t.Errorf("the revisions below are not compacted: %v", err)
	}
	for _, m := range lab.Etcd.Members {
		if info, err := os.Stat(m.DataDir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, error %v", m.DataDir, info.Mode(), err)
		}
	}
	if left := beside(t, lab, ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRestoreOverRunningMembers(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 30)
	known := healthy(t, lab).Seen[0].Revision

	out := mustPerform(t, Restore(), restoreInput(lab, file, nil))
	if got := healthy(t, lab).Seen[0].Keys; got != 10 {
		t.Errorf("%d keys, want the 10 of the snapshot", got)
	}
	if out["known_revision"] != known {
		t.Errorf("known revision %v, the members were at %d", out["known_revision"], known)
	}
	old := out["old_dirs"].([]string)
	if len(old) != 3 {
		t.Fatalf("old directories: %v, want 3", old)
	}
	for _, dir := range old {
		if _, err := os.Stat(filepath.Join(dir, "member", "snap", "db")); err != nil {
			t.Errorf("the old data: %v", err)
		}
	}
	if got := starts(t, lab); got != 6 {
		t.Errorf("%d processes were started, want 3 by the lab and 3 by the restore", got)
	}
}

func TestRestoreRefusesBeforeStoppingAnything(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 5)
	file := takeSnapshot(t, lab)
	all := restoreInput(lab, file, nil)["members"].([]object)
	mute := memberInput(lab.Etcd.Members[2])
	delete(mute, "stop")
	delete(mute, "start")

	tests := []struct {
		name   string
		differ object
		want   string
	}{
		{"no such file", object{"from": file + ".none"}, "no such file"},
		{"a flipped bit", object{"from": damage(t, file, flip)}, "damaged"},
		{"cut off", object{"from": damage(t, file, cut)}, "no integrity hash"},
		{"cut off at a page", object{"from": damage(t, file, cutSealed)}, "damaged"},
		{"a copied database", object{"from": damage(t, file, unseal)}, "no integrity hash"},
		{"another backup than described", object{"from": otherSidecar(t, file)}, "not the backup that its metadata describe"},
		{"two of three", object{"members": all[:2]}, "etcd_member_replace"},
		{"one cannot be stopped", object{"members": []object{all[0], all[1], mute}, "start": false}, "nothing is given to stop it with"},
		{"data, and nobody allowed to move them", object{"existing_data": "refuse"}, "existing_data: move_aside"},
	}
	before := starts(t, lab)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := perform(t, Restore(), restoreInput(lab, file, tt.differ))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	healthy(t, lab)
	if after := starts(t, lab); after != before {
		t.Errorf("%d processes were started meanwhile", after-before)
	}
	if left := beside(t, lab, ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// damage returns a damaged copy of the file.
func damage(t testing.TB, file string, how func([]byte) []byte) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(to, how(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

func flip(b []byte) []byte      { b[len(b)/2] ^= 1; return b }
func cut(b []byte) []byte       { return b[:len(b)/2+17] }
func cutSealed(b []byte) []byte { return b[:len(b)-4096] }
func unseal(b []byte) []byte    { return b[:len(b)-32] }

// otherSidecar is a good copy of the file beside metadata of another backup.
func otherSidecar(t testing.TB, file string) string {
	t.Helper()
	same := damage(t, file, func(b []byte) []byte { return b })
	data, err := os.ReadFile(file + ".meta.json")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(data), `"sha256": "`, `"sha256": "0`, 1)
	if err := os.WriteFile(same+".meta.json", []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return same
}
