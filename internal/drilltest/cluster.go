package drilltest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// inventory is what there is, but for what other runs on the same lab have made.
func (d *Drill) inventory() []string {
	d.t.Helper()
	all := slices.Concat(d.Lab.Cluster.Inventory(d.t), d.Lab.S3.Objects(d.t), d.Lab.S3Secondary.Objects(d.t))
	own, err := os.ReadDir(d.Runs)
	if err != nil {
		d.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(item string) bool { return ofOthers(item, own) })
}

// begun is how the ids of runs begin, also in names that are made of them.
var begun = regexp.MustCompile(`(?i)\d{8}t\d{6}z-`)

// ofOthers reports whether an item has the id of a run in it, and that is none of
// our own.
func ofOthers(item string, own []fs.DirEntry) bool {
	at := begun.FindString(item)
	return at != "" && !slices.ContainsFunc(own, func(run fs.DirEntry) bool { return strings.EqualFold(begun.FindString(run.Name()), at) })
}
