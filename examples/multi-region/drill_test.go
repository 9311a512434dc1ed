package multiregion

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill {
	d := drilltest.OnCluster(t, "primary_region_lost")
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

func TestMutants(t *testing.T) {
	drilltest.Mutants{
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
	}.Run(t, hurried)
}

// hurried is the drill for a mutant.
func hurried(t *testing.T) *drilltest.Drill {
	d := drill(t)
	d.Edit(drilltest.Timeout("runs", "20s"), drilltest.Timeout("orders_back", "10s"), drilltest.Timeout("region_gone", "20s"))
	return d
}
