package migration

import (
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

const scenario = "migration_drill"

func TestMain(m *testing.M) { drilltest.Main(m, labtest.TakeDown) }

// two are the clusters between which the example moves a shop; the S3 servers are
// the source's.
type two struct{ source, target *labtest.Lab }

func drill(t *testing.T) (*drilltest.Drill, two) {
	source := labtest.PrivateVelero(t)
	both := two{source, labtest.Standby(t, source)}
	d := drilltest.New(t, scenario)
	d.Edit(between(source.Cluster.Fingerprint(t), both.target.Cluster.Fingerprint(t)))
	contexts := labtest.Contexts(t, map[string]labtest.Kubernetes{"source": source.Cluster, "target": both.target.Cluster})
	d.Env = append(source.Environ(t), "KUBECONFIG="+contexts)
	return d, both
}

// between makes the plan that of two clusters, by their fingerprints.
func between(source, target string) drilltest.Edit {
	return drilltest.Swap(strings.Repeat("0", 64), source).And(drilltest.Swap(strings.Repeat("1", 64), target))
}

// inventory is what both clusters and their buckets hold.
func (b two) inventory(t *testing.T) []string {
	return slices.Concat(prefixed("source ", b.source.Cluster.Inventory(t)), prefixed("target ", b.target.Cluster.Inventory(t)),
		b.source.S3.Objects(t), b.source.S3Secondary.Objects(t))
}

func prefixed(with string, all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, with+s)
	}
	return out
}

// same fails where something is left behind, or missing.
func (b two) same(t *testing.T, before []string) {
	t.Helper()
	if after := b.inventory(t); !slices.Equal(before, after) {
		t.Errorf("left behind: %v; missing: %v", labtest.Added(before, after), labtest.Added(after, before))
	}
}

// TestDrill: the shop is on the other cluster with all its orders, runs once, and
// nothing is left of the drill.
func TestDrill(t *testing.T) {
	d, both := drill(t)
	before := both.inventory(t)
	r := d.Run()
	r.Succeeded(t)
	both.same(t, before)
}

var mutants = drilltest.Mutants{
	"restore removed":       drilltest.Without("restore").FailsAt("runs", "workloads_ready"),
	"older backup restored": drilltest.Swap(`not_before: "${steps.backup.started_at}"`, `selector: "drplan.dev/step=old_backup,drplan.dev/run=${run.id}"`).FailsAt("second_canary_back", "older backup"),
	// What is verified would be what was there before.
	"it was on the target all the time": atTheEndOfSetup(`- step: Make one on the target too
            cluster: target
            kube_apply: {files: [shop.yaml], namespace: drill-moves, create_namespace: true}
          - step: It has a canary of its own
            cluster: target
            canary: *shop`).FailsAt("gone", "still there"),
	"canary not written": drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
	"one byte changed": atTheEndOfSetup(`- step: Change one byte
            command: [kubectl, --context, source, exec, -n, drill-moves, deployment/shop, --, sh, -ec, "`+drilltest.OneByte("/orders/orders.bin")+`"]`).
		FailsAt("orders_back", ""),
	"it runs on where it was": drilltest.Without("stop", "stopped").FailsAt("not_twice", "Pod"),
	"two writers":             drilltest.Without("source_reads").FailsAt("one_writer", ""),
	"customers stay shut off": drilltest.Swap(`, labels: {velero.io/exclude-from-backup: "true"}}`, "}").FailsAt("answers", ""),
}

// atTheEndOfSetup adds steps, whose lines after the first are indented as in the plan.
func atTheEndOfSetup(steps string) drilltest.Edit {
	return drilltest.Swap("        disaster:\n", "          "+steps+"\n        disaster:\n")
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Swap("pvcs_bound: {namespace: \"${params.namespace}\"}\n          timeout: 10 minutes", "pvcs_bound: {namespace: \"${params.namespace}\"}\n          timeout: 20s").
	And(drilltest.Swap("equals: 0}]\n                timeout: 1 minute", "equals: 0}]\n                timeout: 15s"))

func TestMutants(t *testing.T) {
	mutants.Run(t, func(t *testing.T) *drilltest.Drill { d, _ := drill(t); return d }, hurry)
}

func TestMutantsFitPlan(t *testing.T) {
	mutants.Fit(t, scenario, between(strings.Repeat("0", 64), strings.Repeat("1", 64)), hurry)
}
