package canary

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestByHandInAFolder does by hand what the kind does, in a shell: the mark is
// written, is there, is gone when the data is, comes back, is removed. What was
// written is a mark to the kind itself.
func TestByHandInAFolder(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("the runbook's own commands need openssl")
	}
	dir := filepath.Join(t.TempDir(), "the data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	do := func(action, more string, good bool) string {
		t.Helper()
		text := commands(t, fmt.Sprintf(`{"action": %q, "dir": %q%s}`, action, dir, more))
		out, err := exec.Command("sh", "-ec", text).CombinedOutput()
		if (err == nil) != good {
			t.Fatalf("%s: %v: %s\n%s", action, err, out, text)
		}
		return strings.TrimSpace(string(out))
	}
	do("gone", "", true)
	nonce := do("write", "", true)
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(nonce) {
		t.Fatalf("the nonce is %q", nonce)
	}
	want := fmt.Sprintf(`, "nonce": %q`, nonce)
	do("check", want, true)
	do("gone", "", false)
	if marks, err := (files{dir}).list(t.Context()); err != nil || len(marks) != 1 || marks[0].Nonce != nonce || marks[0].At.IsZero() {
		t.Errorf("the kind sees %+v, %v", marks, err)
	}
	backup := dir + ".backup"
	if err := os.Rename(dir, backup); err != nil {
		t.Fatal(err)
	}
	do("gone", "", true)
	do("check", want, false)
	if err := os.Rename(backup, dir); err != nil {
		t.Fatal(err)
	}
	do("check", want, true)
	do("remove", "", true)
	do("gone", fmt.Sprintf(`, "data_dirs": [%q]`, dir+"/wal"), true)
}

// TestByHandInEtcd: each action has commands of its own, and a shell takes them.
func TestByHandInEtcd(t *testing.T) {
	for action, want := range map[string]string{
		"write":  "put /drplan/canary/by-hand/\"$nonce\"",
		"gone":   "get --prefix --keys-only /drplan/canary/by-hand/",
		"check":  "get --prefix --print-value-only /drplan/canary/ | grep -F '${steps.canary.nonce}'",
		"remove": "del --prefix /drplan/canary/by-hand/",
	} {
		text := commands(t, fmt.Sprintf(`{"action": %q, "nonce": "${steps.canary.nonce}", "etcd": {"endpoints": ["https://a:2379", "https://b:2379"], "tls": {"ca": "/my ca"}}}`, action))
		if !strings.Contains(text, "etcdctl --endpoints=https://a:2379,https://b:2379 --cacert='/my ca' "+want) {
			t.Errorf("%s: no %q in\n%s", action, want, text)
		}
		check := exec.Command("sh", "-n")
		check.Stdin = strings.NewReader(text)
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: a shell does not take it: %s\n%s", action, out, text)
		}
	}
}

func commands(t *testing.T, input string) string {
	t.Helper()
	text, err := Kind().Commands(json.RawMessage(input))
	if err != nil || text == "" {
		t.Fatalf("%q, %v", text, err)
	}
	return text
}
