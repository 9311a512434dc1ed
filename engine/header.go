package engine

import (
	"encoding/json"
	"time"
)

// Format is the version of the journal's records that this build writes. A
// journal with a newer format is refused.
const Format = 1

// Mode says whether a run is practice or the real thing.
type Mode string

// The modes of a run.
const (
	ModeDrill    Mode = "drill"
	ModeRecovery Mode = "recovery"
)

// Header is the first record of a journal: everything that was decided before
// the run began. It never changes; PlanChanged events replace its graph.
type Header struct {
	Format    int             `json:"format"`
	Tool      string          `json:"tool"` // drplan's version
	RunID     string          `json:"run_id"`
	Started   time.Time       `json:"started_at"` // wall clock, UTC
	Host      string          `json:"host,omitempty"`
	User      string          `json:"user,omitempty"`
	Dir       string          `json:"dir,omitempty"` // where it was begun, absolute: relative paths of steps start there, also after a resume
	Plan      PlanRef         `json:"plan"`
	Scenario  string          `json:"scenario"`            // the drill's id; in a recovery the procedure's name
	Title     string          `json:"title,omitempty"`     // the drill's name as people wrote it
	Why       string          `json:"why,omitempty"`       // what the drill is to show, as people wrote it
	Procedure string          `json:"procedure,omitempty"` // the procedure's name
	Mode      Mode            `json:"mode"`
	Params    json.RawMessage `json:"params,omitempty"` // object: name → value; secrets never enter
	Objective Objective       `json:"objective"`
	Graph     Graph           `json:"graph"`
	Options   Options         `json:"options,omitzero"`

	// Register is the run's place among the runs of its folder; nil in journals of
	// versions that did not record it.
	Register *Registration `json:"register,omitempty"`
}

// Registration says which run came before this one: of a run that is deleted, the
// next one tells. A place that could not be had is empty, but for the Reason.
type Registration struct {
	ID       string `json:"id,omitempty"`               // of the folder's register
	Number   int64  `json:"number,omitempty"`           // of this start in it, from 1
	Previous string `json:"previous,omitempty"`         // id of the run before
	Records  int64  `json:"previous_records,omitempty"` // how many its journal had then
	Head     string `json:"previous_head,omitempty"`    // the sum of the last of them, hex
	Reason   string `json:"reason,omitempty"`           // why there is none before, or no place
}

// PlanRef names the plan's bytes.
type PlanRef struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // hex, of the file's bytes

	Source *Source `json:"source,omitempty"` // nil: it lies in no git work tree, or an older version recorded none
}

// Source is where in a git repository a plan's bytes come from.
type Source struct {
	Commit string `json:"commit"`          // that was checked out, hex
	Path   string `json:"path"`            // of the plan in the repository, with slashes
	Dirty  *bool  `json:"dirty,omitempty"` // the work tree differs from the commit; nil: nobody could tell
}

// Objective is the row of rpo_rto that this run is held to. A target of zero is absent.
type Objective struct {
	Row       string `json:"row,omitempty"`
	RTO       Span   `json:"rto,omitempty"` // nanoseconds
	RPO       Span   `json:"rpo,omitempty"`
	Strictest bool   `json:"strictest,omitempty"` // the procedure names no row: the strictest of each was taken
}

// Options are the flags of `drplan run` that change what the core decides or a report says.
type Options struct {
	SimulateWaits bool      `json:"simulate_waits,omitempty"`
	KeepOnFailure bool      `json:"keep_on_failure,omitempty"`
	DisasterAt    time.Time `json:"disaster_at,omitzero"` // recovery: when the outage began, as people say
}
