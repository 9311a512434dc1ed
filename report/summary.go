package report

import (
	"encoding/json"
	"time"

	"github.com/drplan/drplan/engine"
)

// SchemaVersion is the version of the summary's JSON. Keys are added under the
// same version; one that changes or goes makes a new one.
const SchemaVersion = 1

// Summary is a run in short. Its JSON is the output of `drplan run -o json` and
// `drplan report -o json`. A measure that could not be taken is null there.
// Times are RFC 3339 in UTC with nanoseconds, lengths are seconds.
type Summary struct {
	SchemaVersion int     `json:"schema_version"`
	RunID         string  `json:"run_id"`
	Plan          Plan    `json:"plan"`
	Scenario      string  `json:"scenario"`
	Procedure     string  `json:"procedure"`
	Mode          string  `json:"mode"`
	Result        Result  `json:"result"`
	StartedAt     Instant `json:"started_at"`
	FinishedAt    Instant `json:"finished_at"` // null until the run is over
	Duration      Seconds `json:"duration_seconds"`
	RTO           RTO     `json:"rto"`
	RPO           RPO     `json:"rpo"`
	// CriticalPath names the steps that decided the length of the recovery.
	CriticalPath []string `json:"critical_path"`
	Steps        []Step   `json:"steps"`

	Degraded  bool            `json:"degraded"` // a step came to its end only in part, which the plan accepts
	Title     string          `json:"title,omitempty"`
	Why       string          `json:"why,omitempty"`    // what the drill is to show
	Reason    string          `json:"reason,omitempty"` // why the result is what it is
	Objective Objective       `json:"objective"`
	Params    json.RawMessage `json:"params,omitempty"`
	Tool      string          `json:"tool,omitempty"`
	Host      string          `json:"host,omitempty"`
	User      string          `json:"user,omitempty"`

	RootCauses   []Cause  `json:"root_causes"`   // what failed by itself
	NeverReached []string `json:"never_reached"` // steps that what failed kept from running
	Notes        []Note   `json:"notes"`         // what a reader should know
	People       []Deed   `json:"people"`        // what people did and decided
	WhatIf       []WhatIf `json:"what_if"`       // the steps with most to win, the most first
	Down         []Gap    `json:"down"`          // when drplan was not running

	Notifications []Notice `json:"notifications,omitempty"` // who was told what; beside the journal, not of it

	SuccessCriteria []Criterion `json:"success_criteria"` // as they stood before the run
	Preflight       []Check     `json:"preflight"`
	Environment     []Found     `json:"environment,omitempty"` // what clusters and servers said of themselves
	Evidence        *Evidence   `json:"evidence,omitempty"`

	// Findings are what people wrote down about the run; nil where nobody looked. They
	// are not of the journal: whoever reads it adds them.
	Findings []Finding `json:"findings,omitzero"`

	dir       string       // where the run was begun
	canResume bool         // the run can go on
	graph     engine.Graph // that the run followed last
	now       engine.Time
}

// Plan names the plan's bytes that the run followed last.
type Plan struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"`

	Source *engine.Source `json:"source,omitempty"` // nil: it lies in no git work tree, or nobody recorded it
}

// PlanID tells the run's plan from others.
func (s *Summary) PlanID() PlanID {
	return PlanID{File: PlanFile(s.dir, s.Plan.Path), SHA256: s.Plan.SHA256}
}

// Result says how a run stands.
type Result string

// The results: those of the engine, and those of a run that has not ended.
const (
	Succeeded   = Result(engine.ResultSucceeded)
	Failed      = Result(engine.ResultFailed)
	Cancelled   = Result(engine.ResultCancelled)
	Refused     = Result(engine.ResultRefused)
	Running     = Result("running")
	Interrupted = Result("interrupted") // no driver has it; it can be resumed
	InDoubt     = Result("in_doubt")    // stopped: a person must say what became of a step
	Unreadable  = Result("unreadable")  // the journal's events do not fit together
)

// Objective is the row of rpo_rto that the run is held to.
type Objective struct {
	Row       string `json:"row,omitempty"`
	Strictest bool   `json:"strictest"` // the procedure names no row: the strictest value of each counts
}

// RTO is the recovery time beside its target.
type RTO struct {
	Target    Seconds `json:"target_seconds"`
	Actual    Seconds `json:"actual_seconds"`
	Met       *bool   `json:"met"`
	Estimated bool    `json:"estimated"` // simulated waits are in it
	Reason    *string `json:"reason"`
	Split     *Split  `json:"split"`

	// LowerBound: the outage began before the run, nobody said when.
	LowerBound bool `json:"lower_bound"`

	StartedAt  Instant `json:"started_at"`  // from when it counts; null where there was no outage
	FinishedAt Instant `json:"finished_at"` // when the last verification had succeeded

	began, ended engine.Time
	bound        bool
}

// Measured reports whether the RTO is known from a clock: it is no estimate and no bound.
func (r RTO) Measured() bool { return r.Actual.Known && !r.Estimated && !r.LowerBound }

// Sign goes before the actual time: ≈ of an estimate, ≥ of a lower bound.
func (r RTO) Sign() string {
	sign := ""
	if r.Actual.Known && r.LowerBound {
		sign = "≥ "
	}
	if r.Actual.Known && r.Estimated {
		sign += "≈ "
	}
	return sign
}

// Split says what the time of the recovery was spent on. Its parts are exact
// and add up to the actual time.
type Split struct {
	Down         time.Duration // drplan was not running
	Machine      time.Duration // steps at work, timers, back-offs, preflights
	Verification time.Duration // verifying steps alone at work
	People       time.Duration // the rest: waiting for somebody, or for nothing
}

// Sum is the length of all parts.
func (s Split) Sum() time.Duration { return s.Down + s.Machine + s.Verification + s.People }

// MarshalJSON writes seconds.
func (s Split) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Down         float64 `json:"down"`
		Machine      float64 `json:"machine"`
		Verification float64 `json:"verification"`
		People       float64 `json:"people"`
	}{s.Down.Seconds(), s.Machine.Seconds(), s.Verification.Seconds(), s.People.Seconds()})
}

// RPO is the age of the restored data at the time of the disaster, beside its target.
type RPO struct {
	Target        Seconds `json:"target_seconds"`
	Actual        Seconds `json:"actual_seconds"`
	Met           *bool   `json:"met"`
	Basis         *string `json:"basis"` // scheduled or drill_backup
	RecoveryPoint Instant `json:"recovery_point"`
	Reason        *string `json:"reason"`
}

// The bases of an RPO.
const (
	BasisScheduled   = "scheduled"    // a backup that was there before the run: it can meet a target
	BasisDrillBackup = "drill_backup" // one that this run made: it proves that restoring works, no more
)

// Step is a step, or with Key an instance of a step with for_each.
type Step struct {
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	Type           string          `json:"type"`
	Phase          string          `json:"phase"`
	Status         string          `json:"status"` // an outcome of the engine, or while the run goes on pending, running, waiting …
	StartedAt      Instant         `json:"started_at"`
	Duration       Seconds         `json:"duration_seconds"`
	Attempts       int             `json:"attempts"`
	OnCriticalPath bool            `json:"on_critical_path"`
	Slack          Seconds         `json:"slack_seconds"` // null where it did not count for the recovery
	Outputs        json.RawMessage `json:"outputs"`
	Error          *string         `json:"error"`

	Reason    string `json:"reason,omitempty"`
	SettledBy string `json:"settled_by,omitempty"` // a person's word, not drplan's
	Simulated bool   `json:"simulated,omitempty"`  // a wait that was planned and not spent
	Degraded  bool   `json:"degraded,omitempty"`   // it came to its end only in part

	FinishedAt Instant `json:"finished_at"` // null until it ended, and where it did not begin
	Spans      []Span  `json:"spans,omitempty"`
	Verifies   bool    `json:"verifies,omitempty"` // its success is evidence
	Restores   bool    `json:"restores,omitempty"`
	Mutates    bool    `json:"mutates,omitempty"`

	Key       string `json:"key,omitempty"`
	Instances []Step `json:"instances,omitempty"`

	start, end engine.Time // on the run's clock; equal where it did not begin
	begun      bool
	tolerated  bool // continue_on_error
}

// Cause is something that failed by itself.
type Cause struct {
	Step   string `json:"step"` // with its key: restore[eu]; empty of a preflight of no step
	Status string `json:"status"`
	Error  string `json:"error"`
	Hint   string `json:"hint,omitempty"` // what to do
}

// Note is something a reader should know before trusting the numbers.
type Note struct {
	At   Instant `json:"at"`
	Kind string  `json:"kind"` // resumed, reopened, settled, overridden, journal_cut, clock, plan_changed, cancelled, tolerated, degraded, unproven, noted, gap
	Step string  `json:"step,omitempty"`
	Text string  `json:"text"`
}

// Evidence is what the journal's bytes prove.
type Evidence struct {
	Records int64  `json:"records"`
	Sum     string `json:"sum"` // of the last record: it depends on every byte before it
	Closed  bool   `json:"closed"`
	Fault   string `json:"fault,omitempty"` // where the journal stops being intact
	Tail    string `json:"tail,omitempty"`  // what a crash left half written behind that

	// Start is the run's place among those of its folder; null where it has none.
	Start *engine.Registration `json:"start,omitempty"`

	Signatures []Signature `json:"signatures,omitempty"` // as they say of themselves: not checked
}

// Instant is a point in time on the wall clock; the zero value is unknown.
type Instant struct{ time.Time }

func instant(t time.Time) Instant { return Instant{t.UTC()} }

// MarshalJSON writes RFC 3339 in UTC with nanoseconds, or null.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(i.Format(time.RFC3339Nano))
}

// Seconds is a length of time; the zero value is unknown, which is not 0 s.
type Seconds struct {
	time.Duration
	Known bool
}

func seconds(d time.Duration) Seconds { return Seconds{d, true} }

// MarshalJSON writes a number of seconds, or null.
func (s Seconds) MarshalJSON() ([]byte, error) {
	if !s.Known {
		return []byte("null"), nil
	}
	return json.Marshal(s.Duration.Seconds())
}
