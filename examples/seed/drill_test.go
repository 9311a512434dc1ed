package seed

import (
	"slices"
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

func TestMain(m *testing.M) {
	drilltest.Main(m, labtest.TakeDown)
}

// The seed's scenarios, in its order and its words.
const (
	memberFailure     = "Single etcd member failure"
	clusterLoss       = "Complete cluster loss"
	namespaceDeletion = "Accidental namespace deletion"
	volumeCorruption  = "PersistentVolume corruption"
)

// TestDrills runs the four scenarios of the seed by their names, one after the
// other on one lab. Each succeeds with its RTO measured, and cluster and buckets
// hold what they did.
func TestDrills(t *testing.T) {
	if testing.Short() {
		t.Skip("four drills that break a cluster: make test-lab runs them")
	}
	for _, name := range []string{memberFailure, clusterLoss, namespaceDeletion, volumeCorruption} {
		t.Run(name, func(t *testing.T) {
			d, lab := drill(t, name)
			before := inventory(t, lab)
			r := d.Run()
			if r.Code != 0 || r.Result != "succeeded" {
				t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
			}
			if r.RTO.Actual == nil || *r.RTO.Actual <= 0 || r.RTO.Met == nil || !*r.RTO.Met {
				t.Errorf("the RTO is %+v", r.RTO)
			} else {
				t.Logf("RTO %.1f s, %v", *r.RTO.Actual, r.RTO.Split)
			}
			for _, s := range r.Steps {
				if s.Seconds >= 1 {
					t.Logf("%s: %.1f s", s.ID, s.Seconds)
				}
			}
			if r.RPO.Basis != "drill_backup" || r.RPO.Met != nil || r.RPO.Actual == nil {
				t.Errorf("the RPO is %+v", r.RPO)
			}
			if after := inventory(t, lab); !slices.Equal(before, after) {
				t.Errorf("left behind: %v; missing: %v", labtest.Added(before, after), labtest.Added(after, before))
			}
		})
	}
}
