package etcd

import (
	"os"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestRestoreSystemdUnits restores real members that systemctl stops and starts,
// found on the step's own PATH.
func TestRestoreSystemdUnits(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 5)
	env, calls := systemctl(t, lab)
	var members []object
	for _, m := range lab.Etcd.Members {
		members = append(members, unitInput(m))
	}

	t.Run("a unit that does not exist", func(t *testing.T) {
		members := append([]object{}, members...)
		members[2] = with(members[2], object{"systemd_unit": "etdc.service"})
		input := restoreInput(lab, file, object{"members": members})
		run := stepstest.NewRun(t)
		run.Env = env
		if err := checkOf(t, stepstest.Decode(t, Restore(), input), run.Run, "tools"); err == nil || !strings.Contains(err.Error(), "m3: systemd says that unit etdc.service is not-found") {
			t.Errorf("preflight: %v", err)
		}
		if _, err := performWith(t, env, Restore(), input); err == nil || !strings.Contains(err.Error(), "not-found") {
			t.Errorf("error %v", err)
		}
		if keys := healthy(t, lab).Seen[0].Keys; keys != 15 {
			t.Errorf("%d keys", keys)
		}
		if asked, _ := os.ReadFile(calls); strings.Contains(string(asked), "stop ") {
			t.Errorf("something was stopped:\n%s", asked)
		}
	})

	if _, err := performWith(t, env, Restore(), restoreInput(lab, file, object{"members": members})); err != nil {
		t.Fatal(err)
	}
	if keys := healthy(t, lab).Seen[0].Keys; keys != 10 {
		t.Errorf("%d keys, want the 10 of the snapshot", keys)
	}
	asked, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	inOrder(t, string(asked), "show -p LoadState etcd-m3.service", "stop etcd-m", "is-active etcd-m", "start etcd-m")
}

// TestReplaceSystemdUnit: the unit learns the cluster's members from env_file.
func TestReplaceSystemdUnit(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/data", 10)
	healthy(t, lab)
	env, calls := systemctl(t, lab)
	failed := lab.Etcd.Members[1]
	labtest.Sh(t, failed.Kill)
	envFile := strings.TrimSuffix(calls, "calls") + "m2.env"

	out, err := performWith(t, env, Replace(), with(lab.Etcd.Conn(), object{
		"member": unitInput(failed), "env_file": envFile, "stop_timeout": "20s", "start_timeout": "30s",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if keys := healthy(t, lab).Seen[1].Keys; keys != 10 || out["learner"] != true {
		t.Errorf("%d keys, outputs %v", keys, out)
	}
	data, err := os.ReadFile(envFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ETCD_INITIAL_CLUSTER_STATE=existing\n", "m2=" + failed.PeerURL, "m1=" + lab.Etcd.Members[0].PeerURL} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%q is not in %s", want, data)
		}
	}
}
