package drilltest

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

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

// settles bounds how long what was deleted may take to be gone: Velero's requests,
// and what the cluster deletes because its owner is.
const settles = 30 * time.Second

// LeavesNothing looks at what the cluster and the buckets hold; what it returns
// holds that it is the same again, no more and no less, and is to be deferred.
func (d *Drill) LeavesNothing() func() {
	d.t.Helper()
	before := d.inventory()
	return func() {
		d.t.Helper()
		after := d.inventory()
		for end := time.Now().Add(settles); !slices.Equal(before, after) && time.Now().Before(end); after = d.inventory() {
			time.Sleep(time.Second)
		}
		if left := labtest.Added(before, after); len(left) > 0 {
			d.t.Errorf("left behind: %v", left)
		}
		if lost := labtest.Added(after, before); len(lost) > 0 {
			d.t.Errorf("it was there before: %v", lost)
		}
	}
}

func (d *Drill) inventory() []string {
	d.t.Helper()
	return slices.Concat(d.Lab.Cluster.Inventory(d.t), d.Lab.S3.Objects(d.t), d.Lab.S3Secondary.Objects(d.t))
}
