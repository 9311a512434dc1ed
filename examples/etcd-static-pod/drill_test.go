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

func TestMain(m *testing.M) {
	drilltest.Main(m, labtest.TakeDown)
}

// drill is the example on a cluster that it may break. Its identity is the
// cluster's own: the plan in the folder is for nobody's.
func drill(t *testing.T) (*drilltest.Drill, *labtest.Lab) {
	lab := labtest.PrivateCluster(t)
	d := drilltest.New(t, "etcd_rollback")
	d.Plan = d.Plan.Swap(t, "context: kubernetes-admin@practice", "context: "+lab.Cluster.Context).
		Swap(t, strings.Repeat("0", 64), lab.Cluster.Fingerprint(t))
	d.Env = lab.Environ(t)
	d.Args = []string{
		"-p", "manifest=" + filepath.Join(lab.Cluster.ManifestsDir, "etcd.yaml"),
		"-p", "pki=" + filepath.Dir(lab.Etcd.CACert),
		"-p", "endpoint=" + lab.Etcd.Endpoints[0],
		"-p", fmt.Sprintf("backups=s3://%s/static-pod-drill/", lab.S3.Bucket),
	}
	return d, lab
}

// TestDrill: what was lost is back, what was made since is gone, the RTO is
// measured, and nothing is left of the drill.
func TestDrill(t *testing.T) {
	d, lab := drill(t)
	before := lab.Cluster.Inventory(t)
	r := d.Run()
	if r.Code != 0 || r.Result != "succeeded" {
		t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	if r.RTO.Met == nil || !*r.RTO.Met || *r.RTO.Actual <= 0 {
		t.Errorf("the RTO is %+v", r.RTO)
	}
	if r.RPO.Basis != "drill_backup" || r.RPO.Met != nil || r.RPO.Actual == nil {
		t.Errorf("the RPO is %+v", r.RPO)
	}
	if left := labtest.Added(before, lab.Cluster.Inventory(t)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if old, _ := filepath.Glob(lab.Cluster.EtcdDataDir + ".*"); len(old) > 0 {
		t.Errorf("left behind: %v", old)
	}
	t.Logf("RTO %.1f s, %v; restore: %s", *r.RTO.Actual, r.RTO.Split, r.Step("restore").Outputs)
}

// TestMutants: each takes away one thing, and must fail in the step that is
// there for it.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("six drills on a control plane: make test-lab runs them")
	}
	for name, m := range map[string]struct {
		edit func(drilltest.Plan) drilltest.Plan
		step string // the step that must fail
		says string
	}{
		"restore removed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "restore", "- {step: Restore nothing, id: restore, command: [\"true\"]}").
				Swap(t, `, min_revision: "${steps.restore.restored_revision}"`, "").
				Swap(t, `for_each: "${steps.restore.old_dirs}"`, "for_each: []").
				Swap(t, "tls: *tls, to: \"${run.dir}/first.db\"", tls+", to: \"${run.dir}/first.db\"").
				Swap(t, "tls: *tls, to: \"${run.dir}/second.db\"", tls+", to: \"${run.dir}/second.db\"").
				Swap(t, "tls: *tls}", tls+"}")
		}, "canary_back", ""},
		"older backup restored": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `s3_latest: {prefix: "${params.backups}", pattern: "*.db"`, `s3_latest: {prefix: "${params.backups}", pattern: "*-1.db"`)
		}, "second_canary_back", ""},
		"disaster removed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "lose", "- {step: Lose nothing, id: lose, command: [\"true\"]}")
		}, "gone", "still there"},
		"canary not written": {func(p drilltest.Plan) drilltest.Plan {
			return p.Instead(t, "second_canary", "- {step: Write none, id: second_canary, command: [\"true\"]}").
				Swap(t, `nonce: "${steps.second_canary.nonce}"`, `nonce: "00000000000000000000000000000000"`)
		}, "second_canary_back", ""},
		"one byte changed": {func(p drilltest.Plan) drilltest.Plan {
			return p.Swap(t, `data: {orders: "4711: one coat, EUR 120"}`, `data: {orders: "4711: one coat, EUR 121"}`)
		}, "as_it_was", ""},
		"object damaged in S3": {func(p drilltest.Plan) drilltest.Plan {
			objects := labtest.PrivateCluster(t).S3
			return p.Swap(t, "          - step: Make what no backup has", `          - step: Damage the backup
            command: [sh, -c, 'printf X | dd of="$1" bs=1 seek=100000 conv=notrunc', sh, "`+objects.DataDir+"/"+objects.Bucket+`/static-pod-drill/${run.id}-2.db"]

          - step: Make what no backup has`)
		}, "download", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, lab := drill(t)
			d.Plan = m.edit(d.Plan)
			r := d.Run()
			if r.Code != 1 || r.Result != "failed" {
				t.Errorf("exit code %d, %s; want 1, failed\n%s", r.Code, r.Result, r.Log)
			}
			if said, ok := r.Failed()[m.step]; !ok || !strings.Contains(said, m.says) {
				t.Errorf("failed: %v; want %s with %q", r.Failed(), m.step, m.says)
			}
			old, _ := filepath.Glob(lab.Cluster.EtcdDataDir + ".old-*")
			for _, dir := range old {
				if err := os.RemoveAll(dir); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// tls is the anchor's content, for where the step that has the anchor is gone.
const tls = `tls: {ca: "${params.pki}/ca.crt", cert: "${params.pki}/healthcheck-client.crt", key: "${params.pki}/healthcheck-client.key"}`
