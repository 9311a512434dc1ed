package selectiverestore

import (
	"regexp"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) (*drilltest.Drill, *labtest.Lab) {
	lab := labtest.Cluster(t)
	d := drilltest.New(t, "deleted_configuration")
	d.Env = lab.Environ(t)
	return d, lab
}

// all is the Deployment, the ConfigMap and the pod that stay.
var all = regexp.MustCompile(`Deployment [0-9a-f-]{36} .*ConfigMap [0-9a-f-]{36} .*Hello.*[0-9a-f-]{36}"`)

// TestDrill: what was selected comes back, what was not is not touched.
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
	// That nothing was touched is told by what this saw: nothing would be equal, too.
	if seen := r.Step("untouched").Outputs; !all.Match(seen) {
		t.Errorf("what is not to be touched: %s", seen)
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
			"back", "drill-select"},
		"older backup restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `velero_latest: {namespace: "${params.namespace}",`, `velero_latest: {selector: "drplan.dev/step=first_backup", namespace: "${params.namespace}",`)
		}, "second_canary_back", ""},
		"disaster removed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "lose", `- {step: Lose nothing, id: lose, command: ["true"]}`)
		}, "gone", "still there"},
		"canary not written": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "second_canary", `- {step: Write none, id: second_canary, command: ["true"]}`).
				Swap(t, `nonce: "${steps.second_canary.nonce}"`, `nonce: of-a-canary-that-nobody-wrote`)
		}, "second_canary_back", ""},
		"one byte changed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "          - step: Back it up again", `          - step: Change one byte
            command: [kubectl, patch, -n, drill-select, configmap/prices, -p, '{"data":{"prices.csv":"tea,3.51\n"}}']
          - step: Back it up again`)
		}, "same", ""},
		"a kind forgotten": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "include_resources: ${params.kinds}", "include_resources: [configmaps]")
		}, "back", "drill-select"},
		"too much restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "            selector: ${params.selector}\n", "            existing: update\n")
		}, "others_untouched", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := drill(t)
			d.Plan = m.edit(d.Plan)
			// A mutant need not wait as long as a cluster that is slow may.
			d.Plan = d.Plan.Swap(t, "          timeout: 1 minute", "          timeout: 5s")
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
