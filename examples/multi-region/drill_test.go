package multiregion

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

const scenario = "primary_region_lost"

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill {
	d := drilltest.OnCluster(t, scenario)
	r := newRegion(t, d.Lab)
	d.Args = []string{"--param", "primary=" + r.name, "--param", "lose=touch " + r.gate.File, "--param", "give_back=rm -f " + r.gate.File}
	return d
}

// TestDrill: what ran in the lost region comes back from the other one's bucket,
// the RTO is measured, and nothing is left of the drill.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
}

var mutants = drilltest.Mutants{
	"restore removed":       drilltest.Without("restore").FailsAt("runs", "0 workloads ready in drill-region"),
	"older backup restored": drilltest.OlderBackup().FailsAt("second_canary_back", "an older backup was restored"),
	// The newest backup of all is the one that is out of reach.
	"the region not chosen": drilltest.Swap(`storage_location: "${params.secondary}", max_age`, "max_age").
		And(drilltest.Timeout("restore", "20s")).
		FailsAt("restore", "is Unavailable"),
	"the region not lost": drilltest.Swap(`command: sh -ec "$DRPLAN_PARAM_LOSE"`, `command: ["true"]`).FailsAt("region_gone", `status.phase is "Available"`),
	"disaster removed":    drilltest.Idle("lose").FailsAt("gone", "still there"),
	"canary not written":  drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
	"one byte changed": drilltest.Before("canary", drilltest.InShop("Change one byte", "drill-region", drilltest.OneByte("/orders/orders.bin"))).
		FailsAt("orders_back", "command: exit code 1, expected 0"),
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Timeout("runs", "20s").And(drilltest.Timeout("orders_back", "10s"), drilltest.Timeout("region_gone", "20s"))

func TestMutants(t *testing.T)        { mutants.Run(t, drill, hurry) }
func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario, hurry) }
