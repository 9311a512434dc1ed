package kubeclient

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestReach: a cluster that cannot be reached is told by what would have to come.
func TestReach(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dead := file("dead", `{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}], users: [{name: u, user: {token: t}}]}`)
	for kubeconfig, want := range map[string]steps.Check{
		dead:                         {Name: "api_server", Lacks: steps.APIServer},
		file("torn", "{: nope"):      {Name: "kubeconfig", Lacks: steps.File},
		filepath.Join(dir, "nobody"): {Name: "kubeconfig", Lacks: steps.File},
	} {
		in := stepstest.NewRun(t).Run
		in.Cluster, in.Attempt = &steps.Cluster{Kubeconfig: kubeconfig}, 0
		_, checks := Reach(t.Context(), in)
		if len(checks) != 1 || checks[0].Name != want.Name || checks[0].Err == nil || !checks[0].Defer || checks[0].Lacks != want.Lacks {
			t.Errorf("%s: %+v", filepath.Base(kubeconfig), checks)
		}
	}
}
