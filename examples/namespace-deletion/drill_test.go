package namespacedeletion

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

const scenario = "accidental_deletion"

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill { return drilltest.OnCluster(t, scenario) }

// TestDrill: the namespace and the bytes of its volume come back, the RTO is
// measured, and nothing is left of the drill.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
}

var mutants = drilltest.Mutants{
	"restore removed":       drilltest.Without("restore").FailsAt("runs", "0 workloads ready in drill-shop"),
	"older backup restored": drilltest.OlderBackup().FailsAt("second_canary_back", "an older backup was restored"),
	"disaster removed":      drilltest.Idle("lose").FailsAt("gone", "still there"),
	"canary not written":    drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
	"one byte changed": drilltest.Before("canary", drilltest.InShop("Change one byte", "drill-shop", drilltest.OneByte("/orders/orders.bin"))).
		FailsAt("orders_back", "command: exit code 1, expected 0"),
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Timeout("runs", "20s").And(drilltest.Timeout("orders_back", "10s"))

func TestMutants(t *testing.T)        { mutants.Run(t, drill, hurry) }
func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario, hurry) }
