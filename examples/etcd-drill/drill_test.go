package etcddrill

import (
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// TestDrill runs the drill, and once more on what the first one left: a cluster
// that was restored, and a backup in the drills' folder.
func TestDrill(t *testing.T) {
	d := drill(t)
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
	once(t, d.Lab)
	d.Run().Succeeded(t)
}

// TestWrongCredentials: nothing is begun, not even the canary, when the backups
// could not be stored.
func TestWrongCredentials(t *testing.T) {
	d := drill(t)
	d.Env = append(d.Env, "AWS_SECRET_ACCESS_KEY=wrong")
	r := d.Run()
	if r.Code != 3 || r.Result != "refused" {
		t.Errorf("exit code %d, result %s; want 3, refused", r.Code, r.Result)
	}
	if keys, err := d.Lab.Etcd.Client(t).Get(t.Context(), "/drplan/", clientv3.WithPrefix()); err != nil || keys.Count != 0 {
		t.Errorf("etcd has %d keys of the drill, %v", keys.Count, err)
	}
}
