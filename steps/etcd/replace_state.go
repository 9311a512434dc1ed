package etcd

import (
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/etcdcluster"
)

// replaceState is a replacement on disk, in the step's own folder: what the
// cluster's list of members does not tell.
type replaceState struct {
	OldID   uint64 `json:"old_id"`           // 0: the cluster did not list it
	NewID   uint64 `json:"new_id,omitempty"` // 0: not added yet
	Learner bool   `json:"learner,omitempty"`
	memberPlace
	Complete bool `json:"complete,omitempty"`

	ClusterID uint64 `json:"cluster_id,omitempty"`
	Revision  int64  `json:"revision,omitempty"`
}

func (s *replaceState) outputs(name string) steps.Outputs {
	out := steps.Outputs{
		"member": name, "old_id": "", "new_id": etcdcluster.Hex(s.NewID), "learner": s.Learner,
		"cluster_id": etcdcluster.Hex(s.ClusterID), "revision": s.Revision, "old_dir": s.Data.Kept(),
	}
	if s.OldID != 0 {
		out["old_id"] = etcdcluster.Hex(s.OldID)
	}
	return out
}

const replaceFile = "replace.json"

// loadReplaceState reads the state; nil when there is none.
func loadReplaceState(dir string) (*replaceState, error) {
	return loadRecord[replaceState](dir, replaceFile)
}

func (s *replaceState) save(dir string) error { return saveRecord(dir, replaceFile, s) }
