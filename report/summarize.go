package report

import (
	"fmt"
	"sort"
	"time"

	"github.com/drplan/drplan/engine"
)

// Summarize folds a journal into a summary. Of a journal whose events do not
// fit together it says what the header says, and why there is no more.
func Summarize(r *Run) *Summary {
	s := known(r)
	machine, err := engine.Replay(r.Header, r.Events)
	if err != nil {
		s.Result, s.Reason = Unreadable, "the events of the journal do not fit together: "+err.Error()
		s.RTO.Reason, s.RPO.Reason = &s.Reason, &s.Reason
		return s
	}
	f := &facts{header: r.Header, events: r.Events, view: machine.View()}
	f.now = f.view.Run().Now
	if n := len(r.Events); r.Live && !r.Now.IsZero() && n > 0 {
		f.now += max(r.Now.Sub(r.Events[n-1].Wall), 0)
	}
	f.line = trace(r.Header.Graph, r.Events)
	plan := f.view.Plan()
	s.Plan = planOf(plan)
	s.Result, s.Reason = f.result(r.Live)
	s.Duration = seconds(f.now)
	if ended := f.view.Run().Status == engine.StatusEnded; ended {
		s.FinishedAt = instant(r.Events[len(r.Events)-1].Wall)
	}
	s.canResume = s.Result != Running && f.view.GoesOn() == nil
	s.RTO, s.RPO = f.rto(), f.rpo()
	var measured map[string]engine.Interval
	s.Steps, measured = f.steps()
	s.CriticalPath = markPath(*f.view.Graph(), measured, s.Steps)
	s.WhatIf = f.whatIf(s.RTO, measured)
	s.RootCauses, s.NeverReached = f.causes(s)
	short := f.degraded(s.Steps)
	s.Degraded = len(short) > 0
	s.Notes = append(append(append(s.Notes, f.notes()...), short...), f.unproven(s.Steps)...)
	s.People, s.Down, s.Preflight, s.Environment = f.people(), f.down(), f.preflight(), f.environment()
	s.graph, s.now = *f.view.Graph(), f.now
	return s
}

// known is what the header and the journal's bytes say.
func known(r *Run) *Summary {
	h := r.Header
	s := &Summary{
		SchemaVersion: SchemaVersion, RunID: h.RunID, Plan: planOf(h.Plan),
		Scenario: h.Scenario, Procedure: h.Procedure, Mode: string(h.Mode), StartedAt: instant(h.Started),
		RTO:          RTO{Target: optional(h.Objective.RTO)},
		RPO:          RPO{Target: optional(h.Objective.RPO)},
		CriticalPath: []string{}, Steps: []Step{}, RootCauses: []Cause{}, NeverReached: []string{}, Notes: []Note{},
		People: []Deed{}, WhatIf: []WhatIf{}, Down: []Gap{}, Preflight: []Check{}, Environment: []Found{}, SuccessCriteria: criteria(h.Graph),
		Title: h.Title, Why: h.Why, Objective: Objective{h.Objective.Row, h.Objective.Strictest}, Params: h.Params,
		Tool: h.Tool, Host: h.Host, User: h.User, dir: h.Dir,
	}
	s.Notifications = folded(r.Told)
	if r.Gap != "" {
		s.Notes = append(s.Notes, Note{At: s.StartedAt, Kind: "gap", Text: r.Gap})
	}
	if v := r.Evidence; v != nil {
		s.Evidence = &Evidence{Records: v.Records, Sum: v.Sum, Closed: v.Closed, Start: h.Register, Signatures: r.Signatures}
		switch {
		case v.Fault == nil || r.Live && v.Tail.Bytes > 0: // a batch that is being written
		case v.Tail.Bytes > 0:
			s.Evidence.Tail = Torn(*v)
		default:
			s.Evidence.Fault = fmt.Sprintf("line %d: %s", v.Fault.Line, v.Fault.Reason)
		}
	}
	return s
}

// result says how the run stands, and why.
func (f *facts) result(live bool) (Result, string) {
	run := f.view.Run()
	switch {
	case run.Status == engine.StatusEnded:
		return Result(run.Result), run.Reason
	case run.Status == engine.StatusStopped && run.InDoubt > 0:
		return InDoubt, run.Reason
	case run.Status == engine.StatusStopped:
		return Interrupted, run.Reason
	case live:
		return Running, ""
	}
	return Interrupted, "the journal is not closed: drplan was killed, or it is still running"
}

// ExitCode is the exit code that the run deserves: 0 good, 1 failed or a missed
// objective, 3 it could not or would not run on or has not ended, 130
// interrupted. With requireMeasured an objective that the plan has and the run
// did not measure is 1 too.
func (s *Summary) ExitCode(requireMeasured bool) int {
	switch s.Result {
	case Refused, InDoubt, Unreadable, Running:
		return 3
	case Cancelled, Interrupted:
		return 130
	case Failed:
		return 1
	}
	if missed(s.RTO.Met) || missed(s.RPO.Met) {
		return 1
	}
	unmeasured := s.RTO.Target.Known && s.RTO.Met == nil || s.RPO.Target.Known && s.RPO.Met == nil
	if requireMeasured && unmeasured {
		return 1
	}
	return 0
}

func missed(met *bool) bool { return met != nil && !*met }

// wall is the wall clock at a time of the run's clock: that of the event at or
// before it, and what has passed since.
func (f *facts) wall(at engine.Time) time.Time {
	next := sort.Search(len(f.events), func(i int) bool { return f.events[i].T > at })
	if next == 0 {
		return f.header.Started.Add(at)
	}
	last := &f.events[next-1]
	return last.Wall.Add(at - last.T)
}
