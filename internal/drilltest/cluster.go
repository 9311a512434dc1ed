package drilltest

import (
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
)

// OnCluster makes a drill of the example's dr-plan.yaml on the cluster that tests
// share, and skips the test without one.
func OnCluster(t testing.TB, scenario string) *Drill {
	t.Helper()
	return On(t, labtest.Cluster(t), scenario)
}

// On makes a drill on a lab, with its environment and OBJECTS: the folder where
// its S3 server keeps the bucket.
func On(t testing.TB, lab *labtest.Lab, scenario string) *Drill {
	t.Helper()
	d := New(t, scenario)
	d.Lab = lab
	d.Env = append(lab.Environ(t), "OBJECTS="+filepath.Join(lab.S3.DataDir, lab.S3.Bucket))
	return d
}

// LeavesNothing looks at what the cluster holds; what it returns holds that no
// more is there, and is to be deferred.
func (d *Drill) LeavesNothing() func() {
	d.t.Helper()
	before := d.Lab.Cluster.Inventory(d.t)
	return func() {
		d.t.Helper()
		if left := labtest.Added(before, d.Lab.Cluster.Inventory(d.t)); len(left) > 0 {
			d.t.Errorf("left behind: %v", left)
		}
	}
}
