package completeclusterloss

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

// TestMutants: each takes away one thing, and must fail in the step that is
// there for it.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("ten clusters lost: make test-lab runs them")
	}
	for name, m := range map[string]struct {
		edit func(drilltest.Plan) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"applications not restored": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "restore") },
			"runs", "workloads_ready"},
		"lost volumes left in the way": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "clear") },
			"restore", "drill-shop-lost"},
		"files not restored": {func(p drilltest.Plan) drilltest.Plan { return p.Without(t, "restore_files") },
			"restore_etcd", "etcd.yaml"},
		// Whatever starts then is another cluster, which knows nothing of the settings.
		"etcd not restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "restore_etcd", `- {step: Restore nothing, id: restore_etcd, command: ["true"]}`).
				Without(t, "manifests").Without(t, "velero").Without(t, "find").Without(t, "clear").Without(t, "restore").
				Instead(t, "runs", `- {step: Look at nothing, id: runs, command: ["true"]}`).Without(t, "system_runs").Without(t, "schedules").
				Swap(t, `, tls: *tls, min_revision: "${steps.restore_etcd.restored_revision}"`, ", "+tls).
				Swap(t, "${steps.find.backup}", "none").
				Swap(t, "etcd_snapshot: {endpoints: [\"${params.endpoint}\"], tls: *tls, to: \"${params.backups}${run.id}-1.db\"", "etcd_snapshot: {endpoints: [\"${params.endpoint}\"], "+tls+", to: \"${params.backups}${run.id}-1.db\"").
				Swap(t, "etcd_snapshot: {endpoints: [\"${params.endpoint}\"], tls: *tls, to: \"${params.backups}${run.id}-2.db\"", "etcd_snapshot: {endpoints: [\"${params.endpoint}\"], "+tls+", to: \"${params.backups}${run.id}-2.db\"")
		}, "canary_back", "there is no canary"},
		"older etcd restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `pattern: "*.db", max_age`, `pattern: "*-1.db", max_age`)
		}, "second_canary_back", "older backup"},
		"older applications restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `namespace: "${params.namespaces[0]}"`, `{namespace: "${params.namespaces[0]}", selector: drplan.dev/step=first_backup`).
				Swap(t, `            storage_location: "${steps.velero.location}"
            max_age: "${params.max_age}"
            before: "${steps.clock.stdout}"
            synced_after: "${steps.clock.stdout}"`, `            }`)
		}, "second_shop_canary_back", "older backup"},
		"disaster removed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "lose", `- {step: Lose nothing, id: lose, command: ["true"]}`)
		}, "nothing", ""},
		"canary not written": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "second_shop_canary", `- {step: Write none, id: second_shop_canary, command: ["true"]}`).
				Swap(t, `nonce: "${steps.second_shop_canary.nonce}"`, `nonce: of-a-canary-that-nobody-wrote`)
		}, "second_shop_canary_back", ""},
		"one byte changed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, "          - step: Back up the control plane's files", `          - step: Change one byte
            command: [kubectl, exec, -n, drill-shop-lost, deployment/shop, --, sh, -c, "printf x | dd of=/orders/orders.bin bs=1 seek=4711 conv=notrunc && sync"]
          - step: Back up the control plane's files`)
		}, "orders_back", ""},
		"another key": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `identity_file: "${params.key}"`, `identity_file: "`+newKey(t).file+`"`)
		}, "restore_files", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := drill(t)
			d.Plan = m.edit(d.Plan)
			// A mutant need not wait as long as a cluster that is slow may.
			if strings.Contains(string(d.Plan), "id: runs\n") {
				d.Plan = d.Plan.Swap(t, "pvcs_bound: {namespaces: \"${params.namespaces}\"}\n              timeout: 10 minutes", "pvcs_bound: {namespaces: \"${params.namespaces}\"}\n              timeout: 20s")
			}
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

// tls is the anchor's content, for where the step that has the anchor is gone.
const tls = `tls: {ca: "${params.kubernetes}/pki/etcd/ca.crt", cert: "${params.kubernetes}/pki/etcd/healthcheck-client.crt", key: "${params.kubernetes}/pki/etcd/healthcheck-client.key"}`
