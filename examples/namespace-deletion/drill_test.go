package namespacedeletion

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill { return drilltest.OnCluster(t, "accidental_deletion") }

// TestDrill: the namespace and the bytes of its volume come back, the RTO is
// measured, and nothing is left of the drill.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
}

func TestMutants(t *testing.T) {
	drilltest.Mutants{
		"restore removed":       drilltest.Without("restore").FailsAt("runs", "0 workloads ready in drill-shop"),
		"older backup restored": drilltest.OlderBackup().FailsAt("second_canary_back", "an older backup was restored"),
		"disaster removed":      drilltest.Idle("lose").FailsAt("gone", "still there"),
		"canary not written":    drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
		"one byte changed": drilltest.Before("canary", drilltest.InShop("Change one byte", "drill-shop", drilltest.OneByte("/orders/orders.bin"))).
			FailsAt("orders_back", "command: exit code 1, expected 0"),
	}.Run(t, hurried)
}

// hurried is the drill for a mutant.
func hurried(t *testing.T) *drilltest.Drill {
	d := drill(t)
	d.Edit(drilltest.Timeout("runs", "20s"), drilltest.Timeout("orders_back", "10s"))
	return d
}
