package etcddrill

import (
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// TestDrill runs the drill, and once more on what the first one left: a cluster
// that was restored, and a backup in the drills' folder.
func TestDrill(t *testing.T) {
	t.Parallel()
	s := newStage(t, asItIs)
	code, sum := s.drill(t, s.runArgs("json"))
	if code != 0 || sum.Result != "succeeded" || len(sum.failed()) > 0 {
		t.Fatalf("exit code %d, result %s, failed: %v", code, sum.Result, sum.failed())
	}
	s.once(t)
	if sum.RTO.Actual == nil || *sum.RTO.Actual <= 0 || sum.RTO.Met == nil || !*sum.RTO.Met {
		t.Errorf("RTO: %+v; want it measured and met", sum.RTO)
	}
	if sum.RPO.Actual == nil || sum.RPO.Met != nil || sum.RPO.Basis != "drill_backup" {
		t.Errorf("RPO: %+v; want it measured, and not judged since the drill made its own backup", sum.RPO)
	}
	if code, sum := s.drill(t, s.runArgs("json")); code != 0 {
		t.Errorf("the second drill: exit code %d, failed: %v", code, sum.failed())
	}
}

// TestWrongCredentials: nothing is begun, not even the canary, when the backups
// could not be stored.
func TestWrongCredentials(t *testing.T) {
	t.Parallel()
	s := newStage(t, asItIs)
	s.lab.S3.SecretKey = "wrong"
	code, sum := s.drill(t, s.runArgs("json"))
	if code != 3 || sum.Result != "refused" {
		t.Errorf("exit code %d, result %s; want 3, refused", code, sum.Result)
	}
	if keys, err := s.lab.Etcd.Client(t).Get(t.Context(), "/drplan/", clientv3.WithPrefix()); err != nil || keys.Count != 0 {
		t.Errorf("etcd has %d keys of the drill, %v", keys.Count, err)
	}
}
