package report

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/drplan/drplan/engine"
)

// source is a data source that was restored.
type source struct {
	name      string
	point     time.Time // the restored data holds everything up to here; zero: its backup does not say
	canary    bool      // the point is a canary found in the data, not the backup's word
	drill     bool      // the backup was made by this run
	schedule  string    // what made it without this run, as the plan says
	restoring string    // the step
}

// restored is what reports read of the outputs of a step that restores or
// observes. The names are those of package steps.
type restored struct {
	DataSource    string `json:"data_source"`
	RecoveryPoint string `json:"recovery_point"`
	BackupRun     string `json:"backup_run"`
	Schedule      string `json:"schedule,omitempty"`
}

// rpo measures the age of the restored data at the time of the disaster: that
// of the oldest data source.
func (f *facts) rpo() RPO {
	r := RPO{Target: optional(f.header.Objective.RPO)}
	from, reason := f.outage()
	if reason == "" {
		reason = f.failure() // data that nobody found good has no age
	}
	if reason == "" {
		var sources []source
		if sources, reason = f.sources(); reason == "" {
			reason = f.measureRPO(&r, from, sources)
		}
	}
	if reason != "" {
		r.Reason = &reason
	}
	return r
}

func (f *facts) measureRPO(r *RPO, from start, sources []source) string {
	oldest := sources[0]
	drill := "" // a source that a backup of this run was restored to
	for _, s := range sources {
		if s.point.IsZero() {
			return fmt.Sprintf("%s restored %s from a backup that does not say when it was made", s.restoring, s.name)
		}
		if s.point.Before(oldest.point) {
			oldest = s
		}
		if s.drill {
			drill = s.name
		}
	}
	if oldest.drill {
		drill = oldest.name
	}
	lost := from.wall.Sub(oldest.point)
	if lost < 0 && !f.duringDisaster(oldest.point) {
		return fmt.Sprintf("the recovery point of %s (%s) is later than the disaster: compare the clocks, and --disaster-at",
			oldest.name, oldest.point.UTC().Format(time.RFC3339))
	}
	lost = max(lost, 0) // a heartbeat that went on while the disaster was under way
	r.Actual, r.RecoveryPoint = seconds(lost), instant(oldest.point)
	basis := BasisScheduled
	miss := !oldest.drill && f.header.Objective.RPO > 0 && lost > f.header.Objective.RPO
	if oldest.drill || drill != "" && !miss {
		basis = BasisDrillBackup
	}
	r.Basis = &basis
	r.Met, r.Reason = judgeRPO(lost, f.header.Objective.RPO, basis, drill, from.bound)
	if r.Met != nil && oldest.schedule != "" && oldest.point.After(f.header.Started) {
		word := fmt.Sprintf("by the plan's word, %s backs %s up without this drill", oldest.schedule, oldest.name)
		if r.Reason != nil {
			word = join(word, *r.Reason)
		}
		r.Reason = &word
	}
	return ""
}

// judgeRPO: only a scheduled backup can meet a target, or miss it. In a
// recovery whose outage began at an unknown time before the run, the loss is an
// upper bound: that may meet, never miss.
func judgeRPO(lost, target time.Duration, basis, drill string, bound bool) (met *bool, reason *string) {
	why := ""
	if bound {
		why = "an upper bound: it counts up to the start of the run, since --disaster-at does not say when the outage began"
	}
	switch {
	case basis == BasisDrillBackup:
		return nil, ptr(join(fmt.Sprintf("the backup of %s was made by this run: it shows that restoring works, not how old the data of a scheduled backup would be", drill), why))
	case target == 0:
		return nil, ptr(join(noTarget("RPO"), why))
	case lost <= target:
		return ptr(true), optionalText(why)
	case bound:
		return nil, &why
	}
	return ptr(false), nil
}

// duringDisaster reports whether a point lies before the end of the last
// disaster step.
func (f *facts) duringDisaster(point time.Time) bool {
	if f.header.Mode == engine.ModeRecovery {
		return false
	}
	var end time.Time
	for i := range f.events {
		if e := &f.events[i]; e.Kind == engine.PhaseEnded && e.Phase == engine.PhaseDisaster {
			end = e.Wall
		}
	}
	return !end.IsZero() && !point.After(end)
}

// sources lists what was restored, each with its recovery point: the newest
// canary that was found in it, else the oldest of its backups' own. Data in
// which a canary was found were restored, also where no step says by what.
func (f *facts) sources() ([]source, string) {
	var list []source
	index := map[string]int{}
	for n := range f.view.Nodes() {
		if !n.Restores || n.Phase != engine.PhaseProcedure {
			continue
		}
		for _, out := range outputsOf(n) {
			s := f.source(n.ID, out)
			i, again := index[s.name]
			if !again {
				index[s.name] = len(list)
				list = append(list, s)
				continue
			}
			list[i] = older(list[i], s)
		}
	}
	if list = f.observe(list, index); len(list) == 0 {
		return nil, "no step says which data it restored, and no canary was found in any"
	}
	return list, ""
}

func (f *facts) source(step string, out restored) source {
	point, err := time.Parse(time.RFC3339, out.RecoveryPoint)
	if err != nil {
		point = time.Time{}
	}
	drill := out.BackupRun == f.header.RunID || point.After(f.header.Started)
	return source{name: out.DataSource, point: point, drill: drill, restoring: step}
}

// older merges two restores of one data source: the older backup counts, and
// one that says nothing is the oldest.
func older(a, b source) source {
	first := a
	if b.point.Before(a.point) {
		first = b
	}
	first.drill = a.drill || b.drill
	return first
}

// observe lets the newest canary found in a data source speak for it.
func (f *facts) observe(list []source, index map[string]int) []source {
	for n := range f.view.Nodes() {
		if !n.Observes || !recovers(n.Phase) {
			continue
		}
		for _, out := range outputsOf(n) {
			point, err := time.Parse(time.RFC3339, out.RecoveryPoint)
			if err != nil {
				continue
			}
			i, known := index[out.DataSource]
			if !known {
				i = len(list)
				index[out.DataSource] = i
				list = append(list, source{name: out.DataSource, restoring: n.ID})
			}
			s := &list[i]
			if !s.canary || point.After(s.point) {
				s.point, s.canary = point, true
			}
			if s.schedule == "" {
				s.schedule = out.Schedule
			}
			s.drill = s.drill || out.Schedule == "" && point.After(f.header.Started)
		}
	}
	return list
}

// outputsOf reads the outputs of every instance of a node that succeeded. One
// that was settled by hand may have none.
func outputsOf(n engine.NodeView) []restored {
	var all []restored
	add := func(outcome engine.Outcome, outputs json.RawMessage) {
		if outcome != engine.Succeeded {
			return
		}
		var out restored
		if json.Unmarshal(outputs, &out) != nil || out.DataSource == "" {
			out.DataSource = n.ID
		}
		all = append(all, out)
	}
	instances := 0
	for in := range n.Instances() {
		instances++
		add(in.Outcome, in.Outputs)
	}
	if instances == 0 {
		add(n.Outcome, n.Outputs)
	}
	return all
}
