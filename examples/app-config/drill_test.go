package appconfig

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) (*drilltest.Drill, *labtest.Lab) {
	lab := labtest.Cluster(t)
	d := drilltest.New(t, "app_config_loss")
	d.Env = lab.Environ(t)
	return d, lab
}

// TestDrill: the application is deployed again from the newest bundle, and
// nothing is left of the drill.
func TestDrill(t *testing.T) {
	d, lab := drill(t)
	before := lab.Cluster.Inventory(t)
	r := d.Run()
	if r.Code != 0 || r.Result != "succeeded" {
		t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	if r.RTO.Met == nil || !*r.RTO.Met || *r.RTO.Actual <= 0 {
		t.Errorf("the RTO is %+v", r.RTO)
	}
	if r.RPO.Basis != "drill_backup" || r.RPO.Met != nil || r.RPO.Actual == nil {
		t.Errorf("the RPO is %+v", r.RPO)
	}
	if left := labtest.Added(before, lab.Cluster.Inventory(t)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	t.Logf("RTO %.1f s, %v", *r.RTO.Actual, r.RTO.Split)
}

// TestMutants: each takes away one thing, and must fail in the step that is
// there for it.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("six drills on a cluster: make test-lab runs them")
	}
	const command = "- step: Do nothing\n  id: ID\n  command: [\"true\"]"
	nothing := func(id string) string { return strings.ReplaceAll(command, "ID", id) }
	for name, m := range map[string]struct {
		edit func(p drilltest.Plan, bucket string) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"restore removed": {func(p drilltest.Plan, _ string) drilltest.Plan { return p.Without(t, "deploy") },
			"runs", "0 workloads ready"},
		"older bundle restored": {func(p drilltest.Plan, _ string) drilltest.Plan {
			return p.Swap(t, `pattern: "*.bundle", max_age`, `pattern: "*-1.bundle", max_age`)
		}, "second_canary_back", "an older backup was restored"},
		"disaster removed": {func(p drilltest.Plan, _ string) drilltest.Plan {
			return p.Instead(t, "lose", nothing("lose"))
		}, "gone", "still there"},
		"canary not written": {func(p drilltest.Plan, _ string) drilltest.Plan {
			return p.Instead(t, "second_canary", "- step: Change something else\n  id: second_canary\n  command: [kubectl, annotate, configmap, canary, -n, drill-config, x=y]").
				Instead(t, "second_commit", "- step: Bundle the same\n  id: second_commit\n  command: [sh, -c, 'cp \"$1/1.bundle\" \"$1/2.bundle\" && printf %s \"$1/2.bundle\"', sh, \"${run.dir}\"]").
				Swap(t, `nonce: "${steps.second_canary.nonce}"`, `nonce: of-a-canary-that-nobody-wrote`)
		}, "second_canary_back", ""},
		"object damaged in S3": {func(p drilltest.Plan, bucket string) drilltest.Plan {
			return p.Instead(t, "lose_git", `- step: Damage the bundle
  id: lose_git
  command: [sh, -c, 'printf X | dd of="$1" bs=1 seek=300 conv=notrunc', sh, "`+bucket+`/app-config-drill/${run.id}-2.bundle"]`)
		}, "download", "hash mismatch"},
		"one byte changed": {func(p drilltest.Plan, _ string) drilltest.Plan {
			return p.Swap(t, "        - step: Deploy it\n", `        - step: Change one byte
          id: change
          command: [sed, -i, s/EUR/EUX/, "${run.dir}/config/manifests/10-settings.yaml"]
          needs: [checkout]
        - step: Deploy it
`).Swap(t, "needs: [checkout]\n        - step: It runs", "needs: [change]\n        - step: It runs")
		}, "same", "EUX"},
	} {
		t.Run(name, func(t *testing.T) {
			d, lab := drill(t)
			d.Plan = m.edit(d.Plan, filepath.Join(lab.S3.DataDir, lab.S3.Bucket)).
				// A mutant need not wait as long as a cluster that is slow may.
				Swap(t, "            workloads_ready: {namespace: \"${params.namespace}\"}\n          timeout: 5 minutes", "            workloads_ready: {namespace: \"${params.namespace}\"}\n          timeout: 30s").
				Swap(t, "            timeout: 1 minute", "            timeout: 10s")
			r := d.Run()
			if r.Code != 1 || r.Result != "failed" {
				t.Errorf("exit code %d, %s; want 1, failed\n%s", r.Code, r.Result, r.Log)
			}
			if said, ok := r.Failed()[m.step]; !ok || !strings.Contains(said, m.says) {
				t.Errorf("failed: %v; want %s with %q", r.Failed(), m.step, m.says)
			}
		})
	}
}
