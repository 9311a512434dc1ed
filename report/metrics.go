package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// gauge is a metric of a scenario's newest run that has ended, or of its newest one
// that is done: a run that was cancelled must not hide what the one before has shown.
type gauge struct {
	name, help string
	value      func(*Summary) (float64, bool)
	done       bool
}

// gauges are what is told to a monitoring system. A measure that could not be taken
// has no sample: a zero would be a lie.
var gauges = []gauge{
	{"drplan_run_success", "1 when the newest run succeeded and missed no objective.", func(s *Summary) (float64, bool) {
		return oneIf(s.ExitCode(false) == 0), true
	}, false},
	{"drplan_run_finished_timestamp_seconds", "When the newest run ended, in seconds since 1970.", finished, false},
	{"drplan_last_done_timestamp_seconds", "When the newest run ended that was done: neither refused nor cancelled. In seconds since 1970.", finished, true},
	{"drplan_run_duration_seconds", "How long the newest run took.", ofLength(func(s *Summary) Seconds { return s.Duration }), false},
	{"drplan_rto_seconds", "The measured recovery time of the newest run that is done.", actualRTO(true), true},
	{"drplan_rto_estimated_seconds", "The recovery time of the newest run that is done, where it was not measured: simulated waits are in it, as planned, or it is a lower bound.", actualRTO(false), true},
	{"drplan_rto_target_seconds", "The recovery time objective.", ofLength(func(s *Summary) Seconds { return s.RTO.Target }), false},
	{"drplan_rpo_seconds", "The age of the restored data at the disaster, of the newest run that is done, where a schedule had made the backup.", scheduledRPO, true},
	{"drplan_rpo_target_seconds", "The recovery point objective.", ofLength(func(s *Summary) Seconds { return s.RPO.Target }), false},
}

func finished(s *Summary) (float64, bool) {
	return float64(s.FinishedAt.UnixMilli()) / 1000, !s.FinishedAt.IsZero()
}

// actualRTO is the RTO of runs that measured it, or of those that did not.
func actualRTO(measured bool) func(*Summary) (float64, bool) {
	return func(s *Summary) (float64, bool) {
		return s.RTO.Actual.Seconds(), s.RTO.Actual.Known && s.RTO.Measured() == measured
	}
}

// scheduledRPO leaves out what a drill's own backup shows, which is no RPO.
func scheduledRPO(s *Summary) (float64, bool) {
	scheduled := s.RPO.Basis != nil && *s.RPO.Basis == BasisScheduled
	return s.RPO.Actual.Seconds(), s.RPO.Actual.Known && scheduled
}

func ofLength(of func(*Summary) Seconds) func(*Summary) (float64, bool) {
	return func(s *Summary) (float64, bool) { d := of(s); return d.Seconds(), d.Known }
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// MetricLabels are the labels that every sample has. The label plan is the
// path of the plan's file as the oldest run of it has it: it stays the same when the
// plan is edited, or run from another checkout.
var MetricLabels = []string{"plan", "scenario", "procedure", "mode"}

// Metrics writes runs in the text format of Prometheus, for node_exporter's textfile
// collector or a Pushgateway. The runs are what [Newest] makes.
// https://prometheus.io/docs/instrumenting/exposition_formats/
func Metrics(w io.Writer, runs []Latest) error {
	var b strings.Builder
	for _, g := range gauges {
		var samples strings.Builder
		for _, r := range runs {
			s := r.Ended
			if g.done {
				s = r.Done
			}
			if s == nil {
				continue
			}
			if v, known := g.value(s); known {
				fmt.Fprintf(&samples, "%s{plan=%s,scenario=%s,procedure=%s,mode=%s} %s\n", g.name,
					label(r.Plan), label(s.Scenario), label(s.Procedure), label(s.Mode), strconv.FormatFloat(v, 'f', -1, 64))
			}
		}
		if samples.Len() > 0 {
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n%s", g.name, g.help, g.name, samples.String())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// label is a value as the format has it: in quotes, of its backslashes, quotes and
// line ends escaped.
func label(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(s, "\uFFFD")) + `"`
}

// Latest is the newest runs of a plan's scenario in a mode.
type Latest struct {
	Plan  string   // which one: see MetricLabels
	Ended *Summary // that has ended, and was not refused before anything
	Done  *Summary // that is done; nil: none is
}

// Newest keeps of each plan, scenario and mode the run that began last of those that
// have ended, and of those that are done: a folder's name may say another time than its
// run. A refused run has shown nothing, and is passed over.
func Newest(runs []*Summary) (out []Latest) {
	byBegin := func(a, b *Summary) int { return b.StartedAt.Compare(a.StartedAt.Time) }
	for _, of := range ByPlan(slices.SortedStableFunc(slices.Values(runs), byBegin), (*Summary).PlanID) {
		out = append(out, newestOf(of)...)
	}
	return out
}

// newestOf is Newest of one plan's runs, newest first.
func newestOf(runs []*Summary) (out []Latest) {
	type what struct{ scenario, mode string }
	at := map[what]int{}
	plan := runs[len(runs)-1].PlanID().File
	for _, s := range runs {
		if s.FinishedAt.IsZero() || s.Result == Refused {
			continue
		}
		k := what{s.Scenario, s.Mode}
		i, known := at[k]
		if !known {
			i = len(out)
			at[k], out = i, append(out, Latest{Plan: plan, Ended: s})
		}
		if out[i].Done == nil && s.Done() {
			out[i].Done = s
		}
	}
	return out
}
