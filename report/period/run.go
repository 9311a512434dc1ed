package period

import (
	"slices"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/history"
)

// Run is what a report over many runs keeps of one.
type Run struct {
	ID        string         `json:"run_id"`
	Scenario  string         `json:"scenario"`
	Procedure string         `json:"procedure"`
	Mode      string         `json:"mode"`
	Result    report.Result  `json:"result"`
	Reason    string         `json:"reason,omitempty"`
	StartedAt report.Instant `json:"started_at"`
	Duration  report.Seconds `json:"duration_seconds"`
	RTO       Measure        `json:"rto"`
	RPO       Measure        `json:"rpo"`
	Objective string         `json:"objective"` // the row of rpo_rto that it was held to
	Degraded  bool           `json:"degraded"`
	Plan      report.Plan    `json:"plan"`
	Refused   bool           `json:"procedure_refused"` // a check kept it from beginning its procedure
	Failures  []Failure      `json:"failures"`          // root causes
	Know      []string       `json:"know"`              // kinds of notes: overridden, settled, resumed …
	Evidence  Evidence       `json:"evidence"`

	title   string
	folder  string // Plan.Path, absolute
	samples []sample
}

// Measure is an RTO or an RPO beside its target.
type Measure struct {
	Target    report.Seconds `json:"target_seconds"`
	Actual    report.Seconds `json:"actual_seconds"`
	Met       *bool          `json:"met"`
	Estimated bool           `json:"estimated"`
	Basis     *string        `json:"basis,omitempty"` // of an RPO
	Reason    *string        `json:"reason"`
}

// Failure is a step that failed by itself.
type Failure struct {
	Step   string `json:"step"`
	Status string `json:"status"`
	Error  string `json:"error"`

	place failing
}

// Evidence is what a run's files prove.
type Evidence struct {
	Records   int64     `json:"records"`
	Sum       string    `json:"sum"` // of the last record: the run's fingerprint
	Journal   string    `json:"journal"`
	Closed    bool      `json:"closed"`
	Signature Signature `json:"signature"`
}

// Done reports whether the run shows anything of how recovery goes: it ended, well
// or badly. What was refused, cancelled or broken off has shown nothing.
func (r *Run) Done() bool {
	return r.Result == report.Succeeded || r.Result == report.Failed && !r.Refused
}

// recovered reports whether nothing failed of what the recovery consists of: a cleanup
// that fails takes nothing from it.
func (r *Run) recovered() bool {
	return r.Result != report.Failed || !slices.ContainsFunc(r.Failures, func(f Failure) bool { return f.place.phase != string(engine.PhaseCleanup) })
}

// Drill reports whether it was practice.
func (r *Run) Drill() bool { return r.Mode == string(engine.ModeDrill) }

// brief reads a run and keeps little of it.
func brief(j Journal, span Span, names *names) (*Run, *engine.Registration, error) {
	read, err := j.Read()
	if err != nil {
		return nil, nil, err
	}
	s := report.Summarize(read.Run)
	h := &read.Run.Header
	if h.RunID != j.ID {
		return nil, h.Register, &copyError{of: h.RunID, at: s.StartedAt}
	}
	r := &Run{
		ID: j.ID, Scenario: s.Scenario, Procedure: s.Procedure, Mode: s.Mode, Result: s.Result, Reason: s.Reason,
		StartedAt: s.StartedAt, Duration: s.Duration, Degraded: s.Degraded, Plan: s.Plan, Objective: s.Objective.Row, Refused: s.ProcedureRefused(),
		RTO:      Measure{s.RTO.Target, s.RTO.Actual, s.RTO.Met, s.RTO.Estimated, nil, s.RTO.Reason},
		RPO:      Measure{s.RPO.Target, s.RPO.Actual, s.RPO.Met, false, s.RPO.Basis, s.RPO.Reason},
		Failures: []Failure{}, Know: []string{}, Evidence: evidenceOf(s, read.signature(span)),
		title: s.Title, folder: s.PlanID().File,
	}
	for _, c := range s.RootCauses {
		r.Failures = append(r.Failures, Failure{c.Step, c.Status, c.Error, failingAt(s, c)})
	}
	for _, n := range s.Notes {
		if !slices.Contains(r.Know, n.Kind) {
			r.Know = append(r.Know, n.Kind)
		}
	}
	if s.Result != report.Unreadable {
		r.samples = samplesOf(s.Graph(), history.Fold(s.Graph(), read.Run.Events), names)
	}
	return r, h.Register, nil
}

// signature judges a run of the span. What cannot be looked at holds no more than what
// is broken.
func (r Read) signature(span Span) Signature {
	if r.Sign == nil || !span.Holds(r.Run.Header.Started) {
		return Signature{State: Unsigned}
	}
	sig, err := r.Sign()
	if err != nil {
		return Signature{State: Broken, Text: err.Error()}
	}
	return sig
}

func evidenceOf(s *report.Summary, sig Signature) Evidence {
	e := Evidence{Signature: sig, Journal: "its bytes were not at hand"}
	if v := s.Evidence; v != nil {
		e.Records, e.Sum, e.Closed = v.Records, v.Sum, v.Closed && v.Tail == "" && v.Fault == ""
		switch {
		case v.Fault != "":
			e.Journal = "damaged at " + v.Fault
		case v.Tail != "":
			e.Journal = "not closed: " + v.Tail
		case v.Closed:
			e.Journal = "intact and closed"
		case s.Result == report.Running:
			e.Journal = "intact, not closed: the run is going on"
		default:
			e.Journal = "intact, not closed: drplan died, or the end of the file is missing"
		}
	}
	return e
}

// timeInID is when a run began as its name says; zero: it does not.
func timeInID(id string) report.Instant {
	const layout = "20060102T150405Z"
	at, err := time.Parse(layout, id[:min(len(id), len(layout))])
	if err != nil {
		return report.Instant{}
	}
	return report.Instant{Time: at}
}
