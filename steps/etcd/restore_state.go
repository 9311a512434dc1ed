package etcd

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/drplan/drplan/steps"
)

// stage is how far a restore has come. It is on disk before what it names
// begins.
type stage string

const (
	stopping  stage = "stopping"  // servers are being stopped; no folder was touched
	restoring stage = "restoring" // all are dead; new folders are being made beside the old
	swapping  stage = "swapping"  // all new folders are whole; they are being exchanged
	starting  stage = "starting"  // all are exchanged; from here on there is no way back
	complete  stage = "complete"
	undoing   stage = "undoing" // the old folders are being put back
	undone    stage = "undone"  // the old folders are where they were
)

// restoreState is a restore on disk, in the step's own folder.
type restoreState struct {
	Stage  stage         `json:"stage"`
	Ran    []string      `json:"ran,omitempty"` // servers that ran before this step stopped them
	Places []memberPlace `json:"places"`
	Ending []ending      `json:"ending,omitempty"` // in the fast way, what ends of the control plane
	Result restoreResult `json:"result"`
}

// restoreResult is what the outputs are made from.
type restoreResult struct {
	DataSource    string    `json:"data_source"`
	RecoveryPoint time.Time `json:"recovery_point,omitzero"`
	BackupRun     string    `json:"backup_run,omitempty"`
	Revision      int64     `json:"revision"`
	Bump          int64     `json:"bump"`
	Known         int64     `json:"known_revision"`
	Hash          uint32    `json:"hash"`
	Keys          int64     `json:"keys"`
	SHA256        string    `json:"sha256"`
	Token         string    `json:"token"`
	OldDirs       []string  `json:"old_dirs"`
	Way           way       `json:"static_pod_way,omitempty"`
	Restarted     []string  `json:"restarted"`
	Parked        []string  `json:"stopped_manifests"`
	StartLines    []string  `json:"start_commands"`
}

func (s *restoreState) outputs() steps.Outputs {
	members := make([]string, len(s.Places))
	for i, p := range s.Places {
		members[i] = p.Member
	}
	r := s.Result
	return steps.Outputs{
		steps.OutDataSource: r.DataSource, steps.OutRecoveryPoint: stamp(r.RecoveryPoint), steps.OutBackupRun: r.BackupRun,
		"revision": r.Revision, "bump": r.Bump, "restored_revision": r.Revision + r.Bump, "known_revision": r.Known,
		"hash": int64(r.Hash), "keys": r.Keys, "sha256": r.SHA256, "token": r.Token,
		"members": members, "old_dirs": r.OldDirs,
		"static_pod_way": string(r.Way), "restarted": r.Restarted, "stopped_manifests": r.Parked, "start_commands": r.StartLines,
	}
}

const restoreFile = "restore.json"

// loadState reads the state; nil when there is none.
func loadState(dir string) (*restoreState, error) { return loadRecord[restoreState](dir, restoreFile) }

func (s *restoreState) save(dir string) error { return saveRecord(dir, restoreFile, s) }

// tag is unique to this beginning of this attempt, and tells a person when.
func tag(in *steps.Run) string {
	now := in.Now().UTC()
	sum := sha256.Sum256([]byte(in.RunID + "\x00" + in.StepID + "\x00" + strconv.Itoa(in.Attempt) + "\x00" + now.Format(time.RFC3339Nano)))
	return now.Format("20060102t150405") + "-" + hex.EncodeToString(sum[:4])
}
