package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

// What the terminal and Markdown say in the same words.

// Headline is the run's mode and result, and which objective it missed.
func (s *Summary) Headline() string {
	result := strings.ReplaceAll(string(s.Result), "_", " ")
	switch s.Result {
	case Running:
		result = "is running"
	case Refused:
		result = "was refused"
	case Cancelled, Interrupted:
		result = "was " + result
	case InDoubt:
		result = "stopped in doubt"
	case Unreadable:
		result = "cannot be read"
	}
	mode := "Drill"
	if s.Mode == string(engine.ModeRecovery) {
		mode = "Recovery"
	}
	if s.Result == Succeeded && s.Degraded {
		result += ", degraded"
	}
	return mode + " " + result + s.misses()
}

// misses names the objectives that a run missed which ended: who reads "succeeded" must
// not have to look on.
func (s *Summary) misses() (text string) {
	if s.Result != Succeeded && s.Result != Failed {
		return ""
	}
	for _, o := range []struct {
		name           string
		actual, target Seconds
		met            *bool
	}{{"RTO", s.RTO.Actual, s.RTO.Target, s.RTO.Met}, {"RPO", s.RPO.Actual, s.RPO.Target, s.RPO.Met}} {
		if missed(o.met) {
			text += ", " + o.name + " " + judged(o.actual.Duration, o.target.Duration, o.met)
		}
	}
	return text
}

// Name is the scenario as people wrote it.
func (s *Summary) Name() string {
	if s.Title != "" {
		return plain(s.Title)
	}
	return plain(s.Scenario)
}

// when is the day, the hours and the length of the run.
func (s *Summary) when() string {
	text := s.StartedAt.Format("2006-01-02 15:04:05 UTC")
	if s.Duration.Known {
		text += ", " + Duration(s.Duration.Duration)
	}
	return text
}

// Verdict is one objective in words.
type Verdict struct {
	Mark   string // met, missed, not judged, not measured
	Value  string // "3m05s of 1h"
	Detail []string
}

// RTOVerdict is the RTO in words.
func (s *Summary) RTOVerdict() Verdict {
	v := measured(s.RTO.Actual, s.RTO.Target, s.RTO.Met, s.RTO.Reason)
	switch {
	case s.RTO.LowerBound:
		v.Value = "at least " + v.Value
	case s.RTO.Estimated:
		v.Value = "about " + v.Value
	}
	return v
}

// RPOVerdict is the RPO in words.
func (s *Summary) RPOVerdict() Verdict {
	v := measured(s.RPO.Actual, s.RPO.Target, s.RPO.Met, s.RPO.Reason)
	if s.RPO.Basis != nil && *s.RPO.Basis == BasisScheduled {
		v.Detail = append([]string{"measured on a backup that was there before the run"}, v.Detail...)
	}
	if !s.RPO.RecoveryPoint.IsZero() {
		v.Detail = append(v.Detail, "the data was restored to "+s.RPO.RecoveryPoint.Format("2006-01-02 15:04:05.999 UTC"))
	}
	return v
}

func measured(actual, target Seconds, met *bool, reason *string) Verdict {
	var v Verdict
	switch {
	case !actual.Known && target.Known:
		v.Mark, v.Value = "not measured", "target "+Duration(target.Duration)
	case !actual.Known:
		v.Mark, v.Value = "not measured", "no target"
	case !target.Known:
		v.Mark, v.Value = "no target", Duration(actual.Duration)
	default:
		v.Value = Duration(actual.Duration) + " of " + Duration(target.Duration)
		v.Mark = judged(actual.Duration, target.Duration, met)
	}
	if reason != nil {
		v.Detail = append(v.Detail, plain(*reason))
	}
	return v
}

func judged(actual, target time.Duration, met *bool) string {
	switch {
	case met == nil:
		return "not judged"
	case *met:
		return fmt.Sprintf("met, %s to spare", Duration(target-actual))
	}
	return fmt.Sprintf("missed by %s", Duration(actual-target))
}

// row says which row of the plan the targets are from.
func (o Objective) String() string {
	switch {
	case o.Strictest && o.Row != "":
		return fmt.Sprintf("strictest row (%s): the procedure names none", plain(o.Row))
	case o.Strictest:
		return "strictest values of all rows: the procedure names none"
	case o.Row != "":
		return "row " + plain(o.Row)
	}
	return ""
}

// Part is a part of a split.
type Part struct {
	Name  string
	Spent time.Duration
}

// Parts lists what the time was spent on: the parts that a person would notice,
// or all that there is where everything is shorter.
func (s Split) Parts() []Part {
	var parts []Part
	for _, p := range []Part{{"machine", s.Machine}, {"verification", s.Verification}, {"people", s.People}, {"down", s.Down}} {
		if p.Spent >= time.Millisecond || s.Sum() < time.Millisecond && p.Spent > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}

// parts is Parts as text.
func (s Split) parts() []string {
	var parts []string
	for _, p := range s.Parts() {
		parts = append(parts, p.Name+" "+Duration(p.Spent))
	}
	return parts
}

// StatusWord is a step's status in words.
func StatusWord(status string) string {
	switch status {
	case string(engine.UpstreamFailed):
		return "not reached"
	case string(engine.TimedOut):
		return "timed out"
	}
	return strings.ReplaceAll(status, "_", " ")
}

// neverReached says how many steps were not reached, and which.
func (s *Summary) neverReached() string {
	n := len(s.NeverReached)
	if n == 0 {
		return ""
	}
	noun := "steps"
	if n == 1 {
		noun = "step"
	}
	return fmt.Sprintf("Never reached: %d %s (%s)", n, noun, strings.Join(s.NeverReached, ", "))
}

// fingerprint says what the journal's bytes prove.
func (e *Evidence) String() string {
	text := fmt.Sprintf("%d records", e.Records)
	switch {
	case e.Fault != "":
		text += ", damaged at " + plain(e.Fault)
	case e.Tail != "":
		text += ", not closed: " + e.Tail
	case !e.Closed:
		text += ", not closed"
	}
	return text + ", fingerprint " + e.Sum
}

// Registered says where the run stands among those of its folder; "" of a run that is
// older than the register.
func (e *Evidence) Registered() string {
	if e.Start == nil {
		return ""
	}
	return startWords(e.Start)
}

// startWords say where a run stands among those of its folder.
func startWords(r *engine.Registration) string {
	if r.ID == "" {
		return "Not entered in the register of runs: " + plain(r.Reason)
	}
	text := fmt.Sprintf("Start %d in the register %s", r.Number, plain(r.ID))
	switch {
	case r.Previous == "":
		return text + ", " + plain(r.Reason)
	case r.Head == "":
		return text + ", after " + plain(r.Previous) + ", whose journal was not there"
	}
	return fmt.Sprintf("%s, after %s, whose record %d had the sum %s", text, plain(r.Previous), r.Records, plain(r.Head))
}

// Torn says what a crash left half written at the end of a journal.
func Torn(v journal.Verification) string {
	if v.Closed {
		return fmt.Sprintf("%d bytes at line %d follow the record that closed the journal, and are none", v.Tail.Bytes, v.Fault.Line)
	}
	return fmt.Sprintf("a crash left %d bytes at line %d half written; a resume cuts them", v.Tail.Bytes, v.Fault.Line)
}

// HowFast is the factor in words: twice as fast.
func (w WhatIf) HowFast() string {
	if w.Faster == twice {
		return "twice as fast"
	}
	return strconv.FormatFloat(w.Faster, 'g', 3, 64) + " times as fast"
}

// Clock is the time of day in UTC, on another day than the run began with its
// date, too; – where it is not known.
func (s *Summary) Clock(at Instant) string {
	switch {
	case at.IsZero():
		return "–"
	case at.Format(time.DateOnly) != s.StartedAt.Format(time.DateOnly):
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Format("15:04:05")
}
