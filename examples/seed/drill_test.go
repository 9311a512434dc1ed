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

var scenarios = []string{memberFailure, clusterLoss, namespaceDeletion, volumeCorruption}

// TestDrills runs the four scenarios of the seed by their names, one after the
// other on one lab. Each succeeds with its RTO measured, and cluster and buckets
// hold what they did.
func TestDrills(t *testing.T) {
	if testing.Short() {
		t.Skip("four drills that break a cluster: make test-lab runs them")
	}
	for _, name := range scenarios {
		t.Run(name, func(t *testing.T) {
			d, lab := drill(t, name)
			before := inventory(t, lab)
			r := d.Run()
			r.Succeeded(t)
			r.OwnBackup(t)
			if after := inventory(t, lab); !slices.Equal(before, after) {
				t.Errorf("left behind: %v; missing: %v", labtest.Added(before, after), labtest.Added(after, before))
			}
		})
	}
}
