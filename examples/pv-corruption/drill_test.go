package pvcorruption

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) (*drilltest.Drill, *labtest.Lab) {
	lab := labtest.Cluster(t)
	d := drilltest.New(t, "pv_corruption")
	d.Env = lab.Environ(t)
	return d, lab
}

// TestDrill: damage that nothing in Kubernetes notices is seen, and undone.
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
	if left := labtest.Added(before, lab.Cluster.Inventory(t)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	t.Logf("RTO %.1f s, %v", *r.RTO.Actual, r.RTO.Split)
}

// TestMutants: each takes away one thing, and must fail in the step that is
// there for it.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("eight drills on a cluster: make test-lab runs them")
	}
	for name, m := range map[string]struct {
		edit func(drilltest.Plan) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"restore removed": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "restore") },
			"good", "drill-volume"},
		"older backup restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `velero_latest: {namespace: "${params.namespace}",`, `velero_latest: {selector: "drplan.dev/step=first_backup", namespace: "${params.namespace}",`)
		}, "second_canary_back", ""},
		"disaster removed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "corrupt", `- {step: Damage nothing, id: corrupt, command: ["true"]}`)
		}, "gone", "still there"},
		// The canaries are damaged, what matters is not: nothing may be deleted.
		"the orders are not damaged": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "for f in /orders/orders.bin /orders/canary/*;", "for f in /orders/canary/*;")
		}, "damaged", ""},
		"canary not written": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "second_canary", `- {step: Write none, id: second_canary, command: ["true"]}`).
				Swap(t, `nonce: "${steps.second_canary.nonce}"`, `nonce: of-a-canary-that-nobody-wrote`)
		}, "second_canary_back", ""},
		// Changed before the backup, checksums and all.
		"one byte changed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "          - step: Leave a canary among", `          - step: Change one byte
            command: [kubectl, exec, -n, drill-volume, deployment/shop, --, sh, -ec, "cd /orders; printf x | dd of=orders.bin bs=1 seek=4711 conv=notrunc; sha256sum orders.bin >orders.sha256; sync"]
          - step: Leave a canary among`)
		}, "orders_back", ""},
		"the damage was backed up": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "          - step: Prove that the canaries cannot be read", `          - step: Back up what is damaged
            velero_backup: {include_namespaces: [drill-volume], volumes: fs_backup, ttl: 1 day}
          - step: Prove that the canaries cannot be read`)
		}, "good", ""},
		"the claim stays": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "delete_claim") },
			"restore", "orders"},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := drill(t)
			d.Plan = m.edit(d.Plan)
			// A mutant need not wait as long as a cluster that is slow may.
			d.Plan = d.Plan.Swap(t, "          timeout: 5 minutes", "          timeout: 30s").
				Swap(t, "            timeout: 1 minute", "            timeout: 5s")
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
