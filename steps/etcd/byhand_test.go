package etcd

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRestoreByHand: what a person would type is shell, and keeps the barriers.
func TestRestoreByHand(t *testing.T) {
	members := map[string]string{
		"command":    `"stop": ["/m/%/stop"], "start": "/m/%/start"`,
		"systemd":    `"systemd_unit": "etcd-%.service"`,
		"static pod": `"static_pod": "/etc/kubernetes/manifests/%.yaml"`,
	}
	for name, control := range members {
		t.Run(name, func(t *testing.T) {
			var list []string
			for _, m := range []string{"m1", "m2"} {
				list = append(list, strings.ReplaceAll(`{"name": "%", "data_dir": "/d/% x", "peer_url": "https://${params.ip}:2380", "client_url": "https://%:2379", `+control+"}", "%", m))
			}
			got, err := Restore().Commands(json.RawMessage(`{"from": "/b.db", "members": [` + strings.Join(list, ",") + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			check := exec.Command("sh", "-n")
			check.Stdin = strings.NewReader(got)
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("a shell does not take it: %s\n%s", out, got)
			}
			inOrder(t, got, "# 2.", "m1", "m2", "# 3.", "--name m1", "--name m2", "# 4.", "swap '/d/m1 x'", "swap '/d/m2 x'", "# 5.", "m1", "m2")
			stops, starts := section(got, "# 2.", "# 3."), section(got, "# 5.", "")
			if strings.Count(stops, "m1") < 2 || strings.Count(starts, "m1") < 1 {
				t.Errorf("m1 is not stopped, or not seen dead, or not started:\n%s", got)
			}
		})
	}
}

func section(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	if to != "" {
		rest, _, _ = strings.Cut(rest, to)
	}
	return rest
}

func inOrder(t *testing.T, text string, words ...string) {
	t.Helper()
	rest := text
	for _, w := range words {
		_, after, found := strings.Cut(rest, w)
		if !found {
			t.Errorf("%q is missing, or too early, in:\n%s", w, text)
			return
		}
		rest = after
	}
}

// TestSwapByHand runs the functions that the text has for the data directories: on
// one that is a mount point, on one that is not, and on one that is gone.
func TestSwapByHand(t *testing.T) {
	text, err := Restore().Commands(json.RawMessage(`{"from": "/b.db", "members": [{"name": "m1", "data_dir": "/d", "stop": "x", "start": "y"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ mount, gone bool }{"a folder": {}, "gone": {gone: true}, "a mount point": {mount: true}, "an empty mount point": {true, true}} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a data dir")
			old := dir + ".old/member/db"
			if c.mount {
				old = dir + "/.old/member/db"
			}
			if c.mount || !c.gone {
				if err := os.Mkdir(dir, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if c.mount {
				mountOver(t, dir)
			}
			run := exec.Command("sh", "-euc", section(text, "TOKEN=", "etcdutl")[len("\"restored-$(date +%s)\""):]+section(text, "and nothing else.", "swap /d")+`
				[ -z "$2" ] || { mkdir "$1/member" && echo old >"$1/member/db"; }
				mkdir -p "$(fresh "$1")/member" && echo new >"$(fresh "$1")/member/db"
				swap "$1"; ! test -e "$(fresh "$1")"; cat "$1/member/db"; [ -z "$2" ] || cat "$3"`, "sh", dir, map[bool]string{false: "old"}[c.gone], old)
			out, err := run.CombinedOutput()
			want := map[bool]string{true: "new\n", false: "new\nold\n"}[c.gone]
			if err != nil || string(out) != want {
				t.Errorf("%v: %q, want %q", err, out, want)
			}
		})
	}
}
