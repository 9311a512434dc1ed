package completeclusterloss

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

var mutants = drilltest.Mutants{
	"applications not restored":    hurry.And(drilltest.Without("restore")).FailsAt("runs", "workloads_ready"),
	"lost volumes left in the way": hurry.And(drilltest.Without("clear")).FailsAt("restore", "drill-shop-lost"),
	"files not restored":           hurry.And(drilltest.Without("restore_files")).FailsAt("restore_etcd", "etcd.yaml"),
	// Whatever starts then is another cluster, which knows nothing of the settings.
	"etcd not restored": withoutEtcd.FailsAt("canary_back", "there is no canary"),
	"older etcd restored": hurry.And(drilltest.Swap(`pattern: "*.db", max_age`, `pattern: "*-1.db", max_age`)).
		FailsAt("second_canary_back", "older backup"),
	"older applications restored": hurry.And(drilltest.Swap(`namespace: "${params.namespaces[0]}"`, `{namespace: "${params.namespaces[0]}", selector: drplan.dev/step=first_backup`),
		drilltest.Swap(`            storage_location: "${steps.velero.location}"
            max_age: "${params.max_age}"
            before: "${steps.clock.stdout}"
            synced_after: "${steps.clock.stdout}"`, `            }`)).
		FailsAt("second_shop_canary_back", "older backup"),
	"disaster removed":   hurry.And(drilltest.Idle("lose")).FailsAt("nothing", ""),
	"canary not written": hurry.And(drilltest.NoCanary("second_shop_canary")).FailsAt("second_shop_canary_back", "lacks the canary"),
	"one byte changed": hurry.And(drilltest.Before("keep_files", drilltest.InShop("Change one byte", "drill-shop-lost", drilltest.OneByte("/orders/orders.bin")))).
		FailsAt("orders_back", ""),
	"another key": hurry.And(anotherKey).FailsAt("restore_files", ""),
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Swap("pvcs_bound: {namespaces: \"${params.namespaces}\"}\n              timeout: 10 minutes", "pvcs_bound: {namespaces: \"${params.namespaces}\"}\n              timeout: 20s")

// withoutEtcd starts the node on nothing, and leaves out what could not be then.
var withoutEtcd = drilltest.Idle("restore_etcd").And(
	drilltest.Without("manifests", "velero", "find", "clear", "restore"), drilltest.Idle("runs"), drilltest.Without("system_runs", "schedules"),
	drilltest.Swap(`, tls: *tls, min_revision: "${steps.restore_etcd.restored_revision}"`, ", "+tls),
	drilltest.Swap("${steps.find.backup}", "none"),
	drilltest.Swap(snapshot+`tls: *tls, to: "${params.backups}${run.id}-1.db"`, snapshot+tls+`, to: "${params.backups}${run.id}-1.db"`),
	drilltest.Swap(snapshot+`tls: *tls, to: "${params.backups}${run.id}-2.db"`, snapshot+tls+`, to: "${params.backups}${run.id}-2.db"`),
)

const snapshot = `etcd_snapshot: {endpoints: ["${params.endpoint}"], `

// tls is the anchor's content, for where the step that has the anchor is gone.
const tls = `tls: {ca: "${params.kubernetes}/pki/etcd/ca.crt", cert: "${params.kubernetes}/pki/etcd/healthcheck-client.crt", key: "${params.kubernetes}/pki/etcd/healthcheck-client.key"}`

func anotherKey(t testing.TB, p drilltest.Plan) drilltest.Plan {
	return p.Swap(t, `identity_file: "${params.key}"`, `identity_file: "`+newKey(t).file+`"`)
}

func TestMutants(t *testing.T) {
	mutants.Run(t, func(t *testing.T) *drilltest.Drill { d, _ := drill(t); return d })
}

func TestMutantsFitPlan(t *testing.T) {
	mutants.Fit(t, scenario, of("practice", strings.Repeat("0", 64), strings.Repeat("0", 32)))
}
