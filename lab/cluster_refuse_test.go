package lab_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatAClusterCannotBe: all is said before anything is built or installed.
func TestWhatAClusterCannotBe(t *testing.T) {
	t.Parallel()
	etcdLab := folder(t)
	up(t, etcdLab, 0)
	stranger := t.TempDir()
	if err := os.WriteFile(filepath.Join(stranger, "precious"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"up", "--dir", "/tmp/two words"}, "letters"},
		{[]string{"up", "--dir", "/tmp/" + strings.Repeat("long", 20)}, "at most 70"},
		{[]string{"up", "--dir", "/tmp/none", "--name", "Not_A_Node"}, "the node's"},
		{[]string{"up", "--dir", stranger}, "something else"},
		{[]string{"node", "kill", "--dir", etcdLab}, "etcd alone"},
		{[]string{"node", "destroy", "--dir", etcdLab}, "etcd alone"},
		{[]string{"kubeconfig", "--dir", etcdLab}, "etcd alone"},
		{[]string{"node", "kill", "--dir", "/tmp/none"}, "no lab in"},
	} {
		if os.Geteuid() != 0 && c.args[0] == "up" {
			c.says = "needs root"
		}
		if r := run(t, command, c.args...); r.code != 3 || !strings.Contains(r.stderr, c.says) || strings.Contains(r.stderr, "building") {
			t.Errorf("lab %s: exit %d, %q; want 3 and %q", strings.Join(c.args, " "), r.code, r.stderr, c.says)
		}
	}
	healthy(t, etcdLab)
}

// TestTheLabThatIsMeant: without a name, the only one of the two that go by
// default.
func TestTheLabThatIsMeant(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	for _, c := range []struct {
		made, says string
		code       int
	}{
		{"", "drplan-lab/etcd", 3},
		{"cluster", "drplan-lab/cluster", 3},
		{"etcd", "--name", 2},
	} {
		if c.made != "" {
			if err := os.MkdirAll(filepath.Join(state, "drplan-lab", c.made), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if r := run(t, command, "status"); r.code != c.code || !strings.Contains(r.stderr, c.says) {
			t.Errorf("with %s made: exit %d, %q; want %d and %q", c.made, r.code, r.stderr, c.code, c.says)
		}
	}
}
