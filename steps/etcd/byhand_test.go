package etcd

import (
	"encoding/json"
	"os/exec"
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
			inOrder(t, got, "# 2.", "m1", "m2", "# 3.", "--name m1", "--name m2", "# 4.", "'/d/m1 x'.new", "'/d/m2 x'.new", "# 5.", "m1", "m2")
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
