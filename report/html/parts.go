package html

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// phase is a phase with the steps in it.
type phase struct {
	Name  string
	Steps []step
}

type step = report.Step

func phasesOf(s *report.Summary) []phase {
	var list []phase
	for _, id := range engine.Phases {
		p := phase{Name: string(id)}
		for _, st := range s.Steps {
			if st.Phase == p.Name {
				p.Steps = append(p.Steps, st)
			}
		}
		if len(p.Steps) > 0 {
			list = append(list, p)
		}
	}
	return list
}

// when says when the phase's steps were under way.
func (p phase) when(s *report.Summary) string {
	var from, to report.Instant
	var first, last time.Duration
	for _, st := range p.Steps {
		span, begun := st.Interval()
		if !begun {
			continue
		}
		if from.IsZero() || span.Start < first {
			from, first = st.StartedAt, span.Start
		}
		if span.End >= last {
			to, last = st.FinishedAt, span.End
		}
	}
	if from.IsZero() {
		return "did not begin"
	}
	return fmt.Sprintf("%s–%s, %s", s.Clock(from), s.Clock(to), report.Duration(last-first))
}

// criterion is what had to hold, and whether it did.
type criterion struct {
	report.Criterion
	Status string // of the step in this run; empty: the plan that it followed last has no such step
}

func criteriaOf(s *report.Summary) []criterion {
	status := map[string]string{}
	for _, st := range s.Steps {
		status[st.ID] = st.Status
	}
	list := make([]criterion, len(s.SuccessCriteria))
	for i, c := range s.SuccessCriteria {
		list[i] = criterion{c, status[c.Step]}
	}
	return list
}

// deviation is something that did not go by the plan.
type deviation struct {
	At   report.Instant
	Kind string
	Step string
	Text string
}

// deviations lists what a reader should know, in the order in which it happened:
// the summary's notes, and steps that were tried again, skipped or simulated.
func deviations(s *report.Summary) []deviation {
	var list []deviation
	for _, n := range s.Notes {
		list = append(list, deviation{n.At, report.StatusWord(n.Kind), n.Step, n.Text})
	}
	for _, st := range s.Steps {
		for _, each := range append([]report.Step{st}, st.Instances...) {
			list = append(list, deviationsOf(each)...)
		}
	}
	slices.SortStableFunc(list, func(a, b deviation) int { return a.At.Compare(b.At.Time) })
	return list
}

func deviationsOf(st report.Step) []deviation {
	var list []deviation
	add := func(kind, text string) { list = append(list, deviation{st.StartedAt, kind, st.Label(), text}) }
	if st.Attempts > 1 && len(st.Instances) == 0 {
		add("retried", fmt.Sprintf("it took %d attempts", st.Attempts))
	}
	if st.Simulated {
		add("simulated", "the wait was counted as planned, and not spent")
	}
	switch st.Status {
	case string(engine.Succeeded):
	case string(engine.Skipped):
		add("skipped", st.Reason)
	default: // failed, not reached, or not over: the run did not go as planned
		text := st.Reason
		if st.Error != nil {
			text = *st.Error
		}
		add(report.StatusWord(st.Status), text)
	}
	return list
}

// backup is what a step restored, by the step's own outputs.
type backup struct {
	Step, Source string
	Point        report.Instant // the backup's own word
	Age          string         // at the outage
	Facts        []report.Fact
}

func backups(s *report.Summary) []backup {
	var list []backup
	for _, st := range s.Steps {
		if !st.Restores || st.Status != string(engine.Succeeded) {
			continue
		}
		instances := st.Instances
		if len(instances) == 0 {
			instances = []report.Step{st}
		}
		for _, in := range instances {
			list = append(list, backupOf(s, in))
		}
	}
	return list
}

func backupOf(s *report.Summary, st report.Step) backup {
	b := backup{Step: st.Label(), Source: st.Label(), Age: "–", Facts: st.Facts()}
	for _, f := range b.Facts {
		switch f.Name {
		case "data_source":
			b.Source = f.Value
		case "recovery_point":
			at, err := time.Parse(time.RFC3339, f.Value)
			if err != nil {
				continue
			}
			b.Point = report.Instant{Time: at.UTC()}
			if !s.RTO.StartedAt.IsZero() {
				b.Age = report.Duration(s.RTO.StartedAt.Sub(at))
			}
		}
	}
	return b
}

// versionFact is a version or an identity that a step read from the world.
type versionFact struct {
	Name, Value string
	Steps       string
}

func versions(s *report.Summary) []versionFact {
	var list []versionFact
	for _, st := range s.Steps {
		for _, f := range st.Facts() {
			if !tellsVersion(f.Name) {
				continue
			}
			i := slices.IndexFunc(list, func(v versionFact) bool { return v.Name == f.Name && v.Value == f.Value })
			if i < 0 {
				list = append(list, versionFact{f.Name, f.Value, st.ID})
				continue
			}
			list[i].Steps += ", " + st.ID
		}
	}
	return list
}

func tellsVersion(name string) bool {
	name = name[strings.LastIndexByte(name, '.')+1:]
	return strings.HasSuffix(name, "_version") || name == "cluster_id" || name == "uid"
}

// Know is what there is to say of a step beside its numbers.
func (p *runPage) Know(st report.Step) []string {
	var list []string
	if st.SettledBy != "" {
		list = append(list, "done by hand, says "+st.SettledBy)
	}
	if st.Simulated {
		list = append(list, "simulated: counted as planned")
	}
	if st.Reason != "" {
		list = append(list, st.Reason)
	}
	if st.Tolerated() && (st.Status == string(engine.Failed) || st.Status == string(engine.TimedOut)) {
		list = append(list, "the run goes on without it (continue_on_error)")
	}
	if st.Error != nil {
		list = append(list, *st.Error)
	}
	return list
}

// Spans tells what a step did, where that is more than one good attempt.
func (p *runPage) Spans(st report.Step) []string {
	if len(st.Spans) == 1 && st.Spans[0].By == "" && st.Spans[0].Outcome != report.BrokenOff {
		return nil
	}
	var list []string
	for _, span := range st.Spans {
		list = append(list, spanText(p.S, span))
	}
	return list
}

// toneOf is how a step looks, beside its words.
func toneOf(st report.Step) string {
	if st.Degraded && st.Status == string(engine.Succeeded) {
		return "partly"
	}
	return toneOfStatus(st.Status)
}

// Tone is how a status looks, beside its word.
func (p *runPage) Tone(status string) string { return toneOfStatus(status) }

func toneOfStatus(status string) string {
	switch status {
	case string(engine.Succeeded):
		return "good"
	case string(engine.Failed), string(engine.TimedOut), string(engine.StatusInDoubt):
		return "bad"
	}
	return "open"
}
