package etcd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestRestoreStaticPods restores real members that run while their manifests
// lie in a folder. What a failed run has stopped, it says, and the next one, a
// run of its own, finds.
func TestRestoreStaticPods(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/before", 10)
	file := takeSnapshot(t, lab)
	write(t, lab, "/after", 30)
	healthy(t, lab)
	k := startKubelet(t, lab)
	var members []object
	for _, m := range lab.Etcd.Members {
		members = append(members, k.input(m))
	}
	input := restoreInput(lab, file, object{"members": members})
	before, err := os.ReadFile(k.manifest(lab.Etcd.Members[0]))
	if err != nil {
		t.Fatal(err)
	}
	parkedAt := k.folder + "-stopped/"

	_, err = perform(t, Restore(), with(input, object{"bump_revision": 3}))
	if err == nil || !strings.Contains(err.Error(), "bump_revision: 3 is not enough") {
		t.Fatalf("error %v", err)
	}
	for _, m := range lab.Etcd.Members {
		if want := m.Name + " (mv " + parkedAt + m.Name + ".yaml " + k.manifest(m) + ")"; !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
		if runs(m) {
			t.Errorf("%s runs, and its manifest was moved away", m.Name)
		}
	}

	run := stepstest.NewRun(t)
	step := stepstest.Decode(t, Restore(), with(input, object{"start": false}))
	for _, name := range []string{"tools", "directories", "no_fork"} {
		if err := checkOf(t, step, run.Run, name); err != nil {
			t.Errorf("preflight of the next run: %s: %v", name, err)
		}
	}
	out, err := step.Run(t.Context(), run.Run)
	if err != nil {
		t.Fatalf("the next run: %v", err)
	}
	stepstest.CheckOutputs(t, Restore(), out)
	if got := out["stopped_manifests"].([]string); len(got) != 3 || got[0] != parkedAt+"m1.yaml" {
		t.Errorf("stopped manifests: %v", got)
	}
	for _, line := range out["start_commands"].([]string) {
		if said, err := exec.Command("sh", "-ec", line).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", line, err, said)
		}
	}
	if keys := healthy(t, lab).Seen[0].Keys; keys != 10 {
		t.Errorf("%d keys, want the 10 of the snapshot", keys)
	}

	out = mustPerform(t, Restore(), input)
	if keys := healthy(t, lab).Seen[0].Keys; keys != 10 || len(out["stopped_manifests"].([]string)) > 0 || len(out["start_commands"].([]string)) > 0 {
		t.Errorf("%d keys, outputs %v", keys, out)
	}
	if after, _ := os.ReadFile(k.manifest(lab.Etcd.Members[0])); string(after) != string(before) {
		t.Errorf("the manifest is now\n%s", after)
	}
	if left, _ := filepath.Glob(parkedAt + "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestReplaceStaticPod: the manifest gets the flags that let the member join.
func TestReplaceStaticPod(t *testing.T) {
	t.Parallel()
	lab := labtest.Private(t)
	write(t, lab, "/data", 10)
	healthy(t, lab)
	k := startKubelet(t, lab)
	bad := lab.Etcd.Members[1]
	input := with(lab.Etcd.Conn(), object{
		"member": k.input(bad), "even_if_alive": true, "stop_timeout": "1ms", "start_timeout": "30s",
	})
	if _, err := perform(t, Replace(), input); err == nil || !strings.Contains(err.Error(), "its manifest waits at "+k.folder+"-stopped/m2.yaml") {
		t.Errorf("error %v", err)
	}
	out := mustPerform(t, Replace(), with(input, object{"stop_timeout": "20s"}))
	if keys := healthy(t, lab).Seen[1].Keys; keys != 10 || out["old_id"] == out["new_id"] {
		t.Errorf("%d keys, outputs %v", keys, out)
	}
	data, err := os.ReadFile(k.manifest(bad))
	if err != nil || !strings.Contains(string(data), "--initial-cluster-state=existing") || !strings.Contains(string(data), "m2="+bad.PeerURL) {
		t.Errorf("error %v, manifest\n%s", err, data)
	}
}
