package etcddrill

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
)

var mutants = drilltest.Mutants{
	"restore removed": drilltest.Edit(withoutRestore).FailsAt("canary_back", "no canary in the restored data"),
	"older backup restored": drilltest.Swap(`s3_latest: {prefix: "${params.backups}", pattern: "*.db"`, `s3_latest: {prefix: "${params.backups}", pattern: "*-1.db"`).
		FailsAt("marker_back", "an older backup was restored"),
	"disaster removed":   drilltest.Idle("kill").And(drilltest.Idle("wipe")).FailsAt("gone", "the canary is still there"),
	"data left in place": drilltest.Idle("wipe").FailsAt("gone", "the data is still there"),
	"canary not written": drilltest.NoCanary("canary").FailsAt("canary_back", "lacks the canary"),
	"object damaged in S3": drilltest.Before("kill", drilltest.DamageObject("drill/${run.id}-2.db", 100000)).
		FailsAt("download", "hash mismatch"),
	"one value changed": drilltest.Edit(tampered).FailsAt("same_data", "steps.restore.hash == steps.second_snapshot.hash"),
}

func TestMutants(t *testing.T)        { mutants.Run(t, drill) }
func TestMutantsFitPlan(t *testing.T) { mutants.Fit(t, scenario) }

// withoutRestore starts the members on nothing. They form a healthy cluster.
func withoutRestore(t testing.TB, plan drilltest.Plan) drilltest.Plan {
	plan = plan.Instead(t, "restore", `- step: Only start them
  id: restore
  command: [sh, -c, 'for m in m1 m2 m3; do "$1/members/$m/start"; done', sh, "${params.lab}"]`).
		Swap(t, `min_revision: "${steps.restore.restored_revision}"`, `min_revision: 1`).
		Swap(t, `{equals: "${steps.restore.keys}"}`, `{min: 0}`)
	return drilltest.Plan(regexp.MustCompile(`"\$\{steps\.restore\.[^"]*"`).ReplaceAllString(string(plan), `"$${true}"`))
}

// tampered changes one value in the downloaded snapshot and covers it up: the
// seal, the file's hash and the snapshot's hash are made to fit.
func tampered(t testing.TB, plan drilltest.Plan) drilltest.Plan {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return plan.Swap(t, `                    - "${steps.restore.sha256 == steps.second_snapshot.sha256}"`+"\n", "").
		Before(t, "restore", fmt.Sprintf(`- step: Change one value
  env: {%s: "${run.dir}/latest.db"}
  command: [%q]`, tamperVariable, self))
}

// TestMutantWithoutDisasterPhase: not even the proof is left. Such a plan does not hold.
func TestMutantWithoutDisasterPhase(t *testing.T) {
	d := drilltest.New(t, scenario)
	phase := regexp.MustCompile(`(?s)        disaster:\n.*?(        checks:\n)`)
	if !phase.MatchString(string(d.Plan)) {
		t.Fatal("the plan has no disaster: the mutant is out of date")
	}
	file := filepath.Join(t.TempDir(), "dr-plan.yaml")
	if err := os.WriteFile(file, phase.ReplaceAll([]byte(d.Plan), []byte("$1")), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := d.Command("run", file, "--scenario", scenario)
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "unproven-canary") {
		t.Errorf("%v: %s; want exit code 1 and the finding unproven-canary", err, out)
	}
}
