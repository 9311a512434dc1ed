package etcdstaticpod

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

const scenario = "etcd_rollback"

func TestMain(m *testing.M) {
	drilltest.Main(m, labtest.TakeDown)
}

// drill is the example on a cluster that it may break. Its identity is the
// cluster's own: the plan in the folder is for nobody's.
func drill(t *testing.T) *drilltest.Drill {
	lab := labtest.PrivateCluster(t)
	d := drilltest.On(t, lab, scenario)
	d.Edit(of(lab.Cluster.Context, lab.Cluster.Fingerprint(t)))
	d.Args = []string{
		"-p", "manifest=" + filepath.Join(lab.Cluster.ManifestsDir, "etcd.yaml"),
		"-p", "pki=" + filepath.Dir(lab.Etcd.CACert),
		"-p", "endpoint=" + lab.Etcd.Endpoints[0],
		"-p", fmt.Sprintf("backups=s3://%s/static-pod-drill/", lab.S3.Bucket),
	}
	return d
}

// of makes the plan that of one cluster.
func of(context, fingerprint string) drilltest.Edit {
	return drilltest.Swap("context: kubernetes-admin@practice", "context: "+context).
		And(drilltest.Swap(strings.Repeat("0", 64), fingerprint))
}

// TestDrill: what was lost is back, what was made since is gone, the RTO is
// measured, and nothing is left of the drill.
func TestDrill(t *testing.T) {
	d := drill(t)
	defer d.LeavesNothing()()
	r := d.Run()
	r.Succeeded(t)
	r.OwnBackup(t)
	if old := oldData(t, d); len(old) > 0 {
		t.Errorf("left behind: %v", old)
	}
	t.Logf("restore: %s", r.Step("restore").Outputs)
}

var mutants = drilltest.Mutants{
	"restore removed": withoutRestore.FailsAt("canary_back", "no canary in the restored data"),
	"older backup restored": drilltest.Swap(`s3_latest: {prefix: "${params.backups}", pattern: "*.db"`, `s3_latest: {prefix: "${params.backups}", pattern: "*-1.db"`).
		FailsAt("second_canary_back", "an older backup was restored"),
	"disaster removed":   drilltest.Idle("lose").FailsAt("gone", "still there"),
	"canary not written": drilltest.NoCanary("second_canary").FailsAt("second_canary_back", "lacks the canary"),
	"one byte changed": drilltest.Swap(`data: {orders: "4711: one coat, EUR 120"}`, `data: {orders: "4711: one coat, EUR 121"}`).
		FailsAt("as_it_was", "orders"),
	"object damaged in S3": drilltest.Before("afterwards", drilltest.DamageObject("static-pod-drill/${run.id}-2.db", 100000)).
		FailsAt("download", "hash mismatch"),
}

func TestMutants(t *testing.T) { mutants.Run(t, tidied) }
func TestMutantsFitPlan(t *testing.T) {
	mutants.Fit(t, scenario, of("practice", strings.Repeat("0", 64)))
}

// withoutRestore leaves what is there, and what needs the restore without it.
var withoutRestore = drilltest.Idle("restore").And(
	drilltest.Swap(`, min_revision: "${steps.restore.restored_revision}"`, ""),
	drilltest.Swap(`when: "${has(steps.restore.old_dirs)}"`, `when: "${true}"`),
	drilltest.Swap(`for_each: "${steps.restore.old_dirs}"`, "for_each: []"),
	drilltest.Swap("tls: *tls, to: \"${run.dir}/first.db\"", tls+", to: \"${run.dir}/first.db\""),
	drilltest.Swap("tls: *tls, to: \"${run.dir}/second.db\"", tls+", to: \"${run.dir}/second.db\""),
	drilltest.Swap("tls: *tls}", tls+"}"),
)

// tls is the anchor's content, for where the step that has the anchor is gone.
const tls = `tls: {ca: "${params.pki}/ca.crt", cert: "${params.pki}/healthcheck-client.crt", key: "${params.pki}/healthcheck-client.key"}`

// tidied is the drill for a mutant, which may leave the old data behind.
func tidied(t *testing.T) *drilltest.Drill {
	d := drill(t)
	t.Cleanup(func() {
		for _, dir := range oldData(t, d) {
			if err := os.RemoveAll(dir); err != nil {
				t.Error(err)
			}
		}
	})
	return d
}

// oldData are the data directories that were set aside.
func oldData(t *testing.T, d *drilltest.Drill) []string {
	t.Helper()
	found, err := filepath.Glob(d.Lab.Cluster.EtcdDataDir + ".*")
	if err != nil {
		t.Fatal(err)
	}
	return found
}
