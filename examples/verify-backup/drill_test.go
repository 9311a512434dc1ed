package verifybackup

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) (*drilltest.Drill, *labtest.Lab) {
	lab := labtest.Cluster(t)
	d := drilltest.New(t, "backup_verification")
	d.Env = lab.Environ(t)
	return d, lab
}

// TestDrill: what the backup holds is found in the copy, the copy is proven to be
// isolated, and nothing is left of it.
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
	if out := string(r.Step("restore").Outputs); !strings.Contains(out, `"isolation": "deny_all"`) || !strings.Contains(out, "was denied") {
		t.Errorf("the isolation is not proven: %s", out)
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
		t.Skip("seven drills on a cluster: make test-lab runs them")
	}
	for name, m := range map[string]struct {
		edit func(drilltest.Plan) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"restore removed": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "restore") },
			"counted", "drill-verify-copy"},
		"older backup restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `velero_latest: {namespace: "${params.namespace}",`, `velero_latest: {selector: "drplan.dev/step=first_backup", namespace: "${params.namespace}",`)
		}, "second_canary_back", ""},
		// What the disaster is for: that nothing of the backup is there before it.
		"the copy was there": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "change", `- step: Somebody has the copy already
  id: change
  canary: {action: write, configmap: drill-verify-copy/canary}`).
				Swap(t, "          - step: Note what its orders are", `          - step: Make a namespace of that name
            kube_apply: {inline: "{apiVersion: v1, kind: Namespace, metadata: {name: drill-verify-copy}}"}
          - step: Note what its orders are`)
		}, "gone", "still there"},
		"the original is unchanged": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "change", `- {step: Change nothing, id: change, command: ["true"]}`)
		}, "orders_back", ""},
		"canary not written": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "second_canary", `- {step: Write none, id: second_canary, command: ["true"]}`).
				Swap(t, `nonce: "${steps.second_canary.nonce}"`, `nonce: of-a-canary-that-nobody-wrote`)
		}, "second_canary_back", ""},
		"one byte changed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "          - step: Leave a canary among", `          - step: Change one byte
            command: [kubectl, exec, -n, drill-verify, deployment/shop, --, sh, -c, "printf x | dd of=/orders/orders.bin bs=1 seek=4711 conv=notrunc && sync"]
          - step: Leave a canary among`)
		}, "orders_back", ""},
		"not isolated": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `{policy: deny_all, probe_image: "${params.probe_image}"}`, `{policy: none, reason: the test wants it open}`)
		}, "closed", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := drill(t)
			d.Plan = m.edit(d.Plan)
			// A mutant need not wait as long as a cluster that is slow may.
			d.Plan = d.Plan.Swap(t, `            workloads_ready: {namespace: "${params.copy}"}
          timeout: 5 minutes`, `            workloads_ready: {namespace: "${params.copy}"}
          timeout: 45s`).Swap(t, "            timeout: 1 minute", "            timeout: 10s")
			r := d.Run()
			if r.Code != 1 || r.Result != "failed" {
				t.Errorf("exit code %d, %s; want 1, failed\n%s", r.Code, r.Result, r.Log)
			}
			if said, ok := r.Failed()[m.step]; !ok || !strings.Contains(said, m.says) {
				t.Errorf("failed: %v; want %s with %q\n%s", r.Failed(), m.step, m.says, r.Log)
			}
		})
	}
}
