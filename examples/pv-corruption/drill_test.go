package pvcorruption

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

const scenario = "pv_corruption"

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill { return drilltest.OnCluster(t, scenario) }

// TestDrill: damage that nothing in Kubernetes notices is seen, and undone.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	d.Run().Succeeded(t)
}

var mutants = drilltest.Mutants{
	"restore removed":       drilltest.Without("restore").FailsAt("good", "0 workloads ready in drill-volume"),
	"older backup restored": drilltest.OlderBackup().FailsAt("second_canary_back", "an older backup was restored"),
	"disaster removed":      drilltest.Idle("corrupt").FailsAt("gone", "still there"),
	// The canaries are damaged, what matters is not: nothing may be deleted.
	"the orders are not damaged": drilltest.Swap("for f in /orders/orders.bin /orders/canary/*;", "for f in /orders/canary/*;").
		FailsAt("damaged", ""),
	"canary not written": drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
	// Changed before the backup, checksums and all.
	"one byte changed": drilltest.Before("canary", drilltest.InShop("Change one byte", "drill-volume",
		"cd /orders; "+drilltest.OneByte("orders.bin")+"; sha256sum orders.bin >orders.sha256; sync")).
		FailsAt("orders_back", "command: exit code 1, expected 0"),
	"the damage was backed up": drilltest.Before("gone", `- step: Back up what is damaged
  id: damaged_backup
  velero_backup: {include_namespaces: [drill-volume], volumes: fs_backup, ttl: 1 day}`).
		FailsAt("good", "in_pod[0]: exit code 1, expected 0"),
	"the claim stays": drilltest.Without("delete_claim").FailsAt("restore", "PersistentVolumeClaim drill-volume/orders"),
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Timeout("good", "30s").And(drilltest.Timeout("orders_back", "5s"))

func TestMutants(t *testing.T)        { mutants.Run(t, drill, hurry) }
func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario, hurry) }
