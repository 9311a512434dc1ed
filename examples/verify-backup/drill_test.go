package verifybackup

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

const scenario = "backup_verification"

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill { return drilltest.OnCluster(t, scenario) }

// TestDrill: what the backup holds is found in the copy, the copy is proven to be
// isolated, and nothing is left of it.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	r := d.Run()
	r.Succeeded(t)
	if out := string(r.Step("restore").Outputs); !strings.Contains(out, `"isolation": "deny_all"`) || !strings.Contains(out, "was denied") {
		t.Errorf("the isolation is not proven: %s", out)
	}
}

var mutants = drilltest.Mutants{
	"restore removed":       drilltest.Without("restore").FailsAt("counted", "drill-verify-copy"),
	"older backup restored": drilltest.OlderBackup().FailsAt("second_canary_back", "an older backup was restored"),
	// What the disaster is for: that nothing of the backup is there before it.
	"the copy was there": drilltest.Instead("change", `- step: Somebody has the copy already
  id: change
  canary: {action: write, configmap: drill-verify-copy/canary}`).
		And(drilltest.Before("orders", `- step: Make a namespace of that name
  kube_apply: {inline: "{apiVersion: v1, kind: Namespace, metadata: {name: drill-verify-copy}}"}`)).
		FailsAt("gone", "still there"),
	"the original is unchanged": drilltest.Idle("change").FailsAt("orders_back", "command: exit code 1, expected 0"),
	"canary not written":        drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
	"one byte changed": drilltest.Before("canary", drilltest.InShop("Change one byte", "drill-verify", drilltest.OneByte("/orders/orders.bin"))).
		FailsAt("orders_back", "command: exit code 1, expected 0"),
	"not isolated": drilltest.Swap(`{policy: deny_all, probe_image: "${params.probe_image}"}`, `{policy: none, reason: the test wants it open}`).
		FailsAt("closed", "in_pod[0]: exit code 1, expected 0"),
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Timeout("counted", "45s").And(drilltest.Timeout("orders_back", "10s"))

func TestMutants(t *testing.T)        { mutants.Run(t, drill, hurry) }
func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario, hurry) }
