package etcd

import (
	"os"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// replaceInput is a replacement of the lab's member m2.
func replaceInput(lab *labtest.Lab, differ object) object {
	m := lab.Etcd.Members[1]
	in := memberInput(m)
	in["start"] = `ETCD_EXTRA_ARGS="--initial-cluster-state $DRPLAN_ETCD_INITIAL_CLUSTER_STATE --initial-cluster $DRPLAN_ETCD_INITIAL_CLUSTER" ` + m.Start
	return with(with(lab.Etcd.Conn(), object{"member": in, "stop_timeout": "20s", "start_timeout": "30s"}), differ)
}

func TestReplaceFailedMember(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/data", 20)
	before := healthy(t, lab)
	failed := lab.Etcd.Members[1]
	labtest.Sh(t, failed.Kill)
	if err := os.RemoveAll(failed.DataDir); err != nil {
		t.Fatal(err)
	}

	out := mustPerform(t, Replace(), replaceInput(lab, nil))
	after := healthy(t, lab)
	if after.Seen[0].Keys != 20 || after.Seen[0].ClusterID != before.Seen[0].ClusterID {
		t.Errorf("before %+v, after %+v: want the same cluster with the same keys", before.Seen[0], after.Seen[0])
	}
	if out["old_id"] == out["new_id"] || out["learner"] != true {
		t.Errorf("outputs %v", out)
	}
	for i, other := range []int{0, 2} {
		if got := labtest.Starts(t, lab.Etcd.Members[other].StartsLog); got != 1 {
			t.Errorf("the healthy member %d was started %d times", i, got)
		}
	}
}

func TestReplaceRefuses(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	before := starts(t, lab)
	if _, err := perform(t, Replace(), replaceInput(lab, nil)); err == nil || !steps.IsFinal(err) || !strings.Contains(err.Error(), "even_if_alive") {
		t.Errorf("a healthy member: %v", err)
	}
	healthy(t, lab)
	labtest.Sh(t, lab.Etcd.Members[1].Kill)
	labtest.Sh(t, lab.Etcd.Members[2].Kill)
	if _, err := perform(t, Replace(), replaceInput(lab, nil)); err == nil || !strings.Contains(err.Error(), "use etcd_restore") {
		t.Errorf("without a quorum: %v", err)
	}
	labtest.Sh(t, lab.Etcd.Members[0].Kill)
	if _, err := perform(t, Replace(), replaceInput(lab, nil)); err == nil || !strings.Contains(err.Error(), "use etcd_restore") {
		t.Errorf("with every member dead: %v", err)
	}
	if after := starts(t, lab); after != before {
		t.Errorf("%d members were started", after-before)
	}
}

func TestReplaceKilledAnywhere(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/data", 20)
	input := stepstest.JSON(t, replaceInput(lab, nil))
	for _, at := range []string{"remove the member", "added", "start the member"} {
		ok := t.Run(at, func(t *testing.T) {
			healthy(t, lab)
			labtest.Sh(t, lab.Etcd.Members[1].Kill)
			v := victim{Kind: Replace().Type, Input: input, Dir: t.TempDir(), Point: at}
			v.die(t)
			verdict, out, err := v.resume(t)
			if err != nil || verdict != steps.Running {
				t.Fatalf("verdict %s, error %v", verdict, err)
			}
			stepstest.CheckOutputs(t, Replace(), out)
			if keys := healthy(t, lab).Seen[0].Keys; keys != 20 {
				t.Errorf("%d keys, want 20", keys)
			}
			if _, err := os.Stat(out["old_dir"].(string)); err != nil {
				t.Errorf("the old data: %v", err)
			}
		})
		if !ok {
			return // the next one needs a healthy cluster
		}
	}
}
