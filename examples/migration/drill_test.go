package migration

import (
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) { drilltest.Main(m, labtest.TakeDown) }

// two are the clusters between which the example moves a shop; the S3 servers are
// the source's.
type two struct{ source, target *labtest.Lab }

func drill(t *testing.T) (*drilltest.Drill, two) {
	source := labtest.PrivateVelero(t)
	both := two{source, labtest.Standby(t, source)}
	d := drilltest.New(t, "migration_drill")
	d.Plan = d.Plan.Swap(t, strings.Repeat("0", 64), source.Cluster.Fingerprint(t)).
		Swap(t, strings.Repeat("1", 64), both.target.Cluster.Fingerprint(t))
	contexts := labtest.Contexts(t, map[string]labtest.Kubernetes{"source": source.Cluster, "target": both.target.Cluster})
	d.Env = append(source.Environ(t), "KUBECONFIG="+contexts)
	return d, both
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

// TestMutants: each takes away one thing, and must fail in the step that is
// there for it.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("eight drills on two clusters: make test-lab runs them")
	}
	for name, m := range map[string]struct {
		edit func(drilltest.Plan) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"restore removed": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "restore") },
			"runs", "workloads_ready"},
		"older backup restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `not_before: "${steps.backup.started_at}"`, `selector: "drplan.dev/step=old_backup,drplan.dev/run=${run.id}"`)
		}, "second_canary_back", "older backup"},
		// What is verified would be what was there before.
		"it was on the target all the time": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "        disaster:\n", `          - step: Make one on the target too
            cluster: target
            kube_apply: {files: [shop.yaml], namespace: drill-moves, create_namespace: true}
          - step: It has a canary of its own
            cluster: target
            canary: *shop
        disaster:
`)
		}, "gone", "still there"},
		"canary not written": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "second_canary", `- {step: Write none, id: second_canary, command: ["true"]}`).
				Swap(t, `nonce: "${steps.second_canary.nonce}"`, `nonce: of-a-canary-that-nobody-wrote`)
		}, "second_canary_back", ""},
		"one byte changed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "        disaster:\n", `          - step: Change one byte
            command: [kubectl, --context, source, exec, -n, drill-moves, deployment/shop, --, sh, -c, "printf x | dd of=/orders/orders.bin bs=1 seek=4711 conv=notrunc && sync"]
        disaster:
`)
		}, "orders_back", ""},
		"it runs on where it was": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "stop").Without(t, "stopped") },
			"not_twice", "Pod"},
		"two writers": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "source_reads") },
			"one_writer", ""},
		"customers stay shut off": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `, labels: {velero.io/exclude-from-backup: "true"}}`, "}")
		}, "answers", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := drill(t)
			d.Plan = m.edit(d.Plan)
			// A mutant need not wait as long as a cluster that is slow may.
			d.Plan = d.Plan.Swap(t, "pvcs_bound: {namespace: \"${params.namespace}\"}\n          timeout: 10 minutes", "pvcs_bound: {namespace: \"${params.namespace}\"}\n          timeout: 20s").
				Swap(t, "equals: 0}]\n                timeout: 1 minute", "equals: 0}]\n                timeout: 15s")
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
