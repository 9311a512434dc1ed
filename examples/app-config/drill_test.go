package appconfig

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

const scenario = "app_config_loss"

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill { return drilltest.OnCluster(t, scenario) }

// TestDrill: the application is deployed again from the newest bundle, and
// nothing is left of the drill.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
}

var mutants = drilltest.Mutants{
	"restore removed": drilltest.Without("deploy").FailsAt("runs", "0 workloads ready"),
	"older bundle restored": drilltest.Swap(`pattern: "*.bundle", max_age`, `pattern: "*-1.bundle", max_age`).
		FailsAt("second_canary_back", "an older backup was restored"),
	"disaster removed": drilltest.Idle("lose").FailsAt("gone", "still there"),
	"canary not written": drilltest.Instead("second_canary", `- step: Change something else
  id: second_canary
  command: [kubectl, annotate, configmap, canary, -n, drill-config, x=y]`).
		And(drilltest.Instead("second_commit", `- step: Bundle the same
  id: second_commit
  command: [sh, -c, 'cp "$1/1.bundle" "$1/2.bundle" && printf %s "$1/2.bundle"', sh, "${run.dir}"]`), drilltest.OtherNonce("second_canary")).
		FailsAt("second_canary_back", "lacks the canary"),
	"object damaged in S3": drilltest.Before("lose_git", drilltest.DamageObject("app-config-drill/${run.id}-2.bundle", 300)).
		FailsAt("download", "hash mismatch"),
	"one byte changed": drilltest.Before("deploy", `- step: Change one byte
  id: change
  command: [sed, -i, s/EUR/EUX/, "${run.dir}/config/manifests/10-settings.yaml"]`).
		FailsAt("same", "EUX"),
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Timeout("runs", "30s").And(drilltest.Timeout("same", "10s"))

func TestMutants(t *testing.T)        { mutants.Run(t, drill, hurry) }
func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario, hurry) }
