package selectiverestore

import (
	"regexp"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

const scenario = "deleted_configuration"

func TestMain(m *testing.M) { drilltest.Main(m) }

func drill(t *testing.T) *drilltest.Drill { return drilltest.OnCluster(t, scenario) }

// all is the Deployment, the ConfigMap and the pod that stay.
var all = regexp.MustCompile(`Deployment [0-9a-f-]{36} .*ConfigMap [0-9a-f-]{36} .*Hello.*[0-9a-f-]{36}"`)

// TestDrill: what was selected comes back, what was not is not touched.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	r := d.Run()
	r.Succeeded(t)
	// That nothing was touched is told by what this saw: nothing would be equal, too.
	if seen := r.Step("untouched").Outputs; !all.Match(seen) {
		t.Errorf("what is not to be touched: %s", seen)
	}
}

var mutants = drilltest.Mutants{
	"restore removed":       drilltest.Without("restore").FailsAt("back", "drill-select"),
	"older backup restored": drilltest.OlderBackup().FailsAt("second_canary_back", "an older backup was restored"),
	"disaster removed":      drilltest.Idle("lose").FailsAt("gone", "still there"),
	"canary not written":    drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
	"one byte changed": drilltest.Before("second_backup", `- step: Change one byte
  command: [kubectl, patch, -n, drill-select, configmap/prices, -p, '{"data":{"prices.csv":"tea,3.51\n"}}']`).
		FailsAt("same", "steps.now.stdout == steps.noted.stdout"),
	"a kind forgotten": drilltest.Swap("include_resources: ${params.kinds}", "include_resources: [configmaps]").
		FailsAt("back", "drill-select"),
	"too much restored": drilltest.Swap("            selector: ${params.selector}\n", "            existing: update\n").
		FailsAt("others_untouched", "steps.others.stdout == steps.untouched.stdout"),
}

// hurry lets a mutant not wait as long as a cluster that is slow may.
var hurry = drilltest.Timeout("back", "5s")

func TestMutants(t *testing.T)        { mutants.Run(t, drill, hurry) }
func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario, hurry) }

// production makes the plan's cluster one that no drill may change.
func production(context, fingerprint string) drilltest.Edit {
	return drilltest.Swap("  rpo_rto:\n", "  clusters: {production: {context: "+context+", ca_sha256: \""+fingerprint+"\"}}\n\n  rpo_rto:\n")
}

// TestBesideProduction: on a cluster that is not for drills this one runs as well,
// for it changes nothing but the namespace that it makes.
func TestBesideProduction(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	cluster := d.Lab.Cluster
	d.Edit(production(cluster.Context, cluster.Fingerprint(t)))
	d.Run().Succeeded(t)
}
