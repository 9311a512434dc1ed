package multiregion

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) (*drilltest.Drill, *labtest.Lab) {
	lab := labtest.Cluster(t)
	d := drilltest.New(t, "primary_region_lost")
	d.Env = lab.Environ(t)
	r := newRegion(t, lab)
	d.Args = []string{"--param", "primary=" + r.name, "--param", "lose=touch " + r.lost, "--param", "give_back=rm -f " + r.lost}
	return d, lab
}

// TestDrill: what ran in the lost region comes back from the other one's bucket,
// the RTO is measured, and nothing is left of the drill.
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
		t.Skip("seven drills on a cluster: make test-lab runs them")
	}
	for name, m := range map[string]struct {
		edit func(drilltest.Plan) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"restore removed": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "restore") },
			"runs", "drill-region"},
		"older backup restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `velero_latest: {namespace: "${params.namespace}",`, `velero_latest: {selector: "drplan.dev/step=first_backup", namespace: "${params.namespace}",`)
		}, "second_canary_back", ""},
		// The newest backup of all is the one that is out of reach.
		"the region not chosen": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `storage_location: "${params.secondary}", max_age`, "max_age").Swap(t, "          timeout: 10 minutes\n          retry", "          timeout: 20s\n          retry")
		}, "restore", ""},
		"the region not lost": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `command: sh -ec "$DRPLAN_PARAM_LOSE"`, `command: ["true"]`)
		}, "region_gone", ""},
		"disaster removed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "lose", "- {step: Lose nothing, id: lose, command: [\"true\"]}")
		}, "gone", "still there"},
		"canary not written": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "second_canary", "- {step: Write none, id: second_canary, command: [\"true\"]}").
				Swap(t, `nonce: "${steps.second_canary.nonce}"`, `nonce: of-a-canary-that-nobody-wrote`)
		}, "second_canary_back", ""},
		"one byte changed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "          - step: Leave a canary among", `          - step: Change one byte
            command: [kubectl, exec, -n, drill-region, deployment/shop, --, sh, -c, "printf x | dd of=/orders/orders.bin bs=1 seek=4711 conv=notrunc && sync"]
          - step: Leave a canary among`)
		}, "orders_back", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := drill(t)
			d.Plan = m.edit(d.Plan)
			// A mutant need not wait as long as a cluster that is slow may.
			d.Plan = d.Plan.Swap(t, "          timeout: 5 minutes", "          timeout: 20s").
				Swap(t, "            timeout: 1 minute", "            timeout: 10s").
				Swap(t, "            timeout: 3 minutes    #", "            timeout: 20s    #")
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
