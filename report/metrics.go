package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// gauge is a metric of a scenario's newest run.
type gauge struct {
	name, help string
	value      func(*Summary) (float64, bool)
}

// gauges are what is told to a monitoring system. A measure that could not be taken
// has no sample: a zero would be a lie.
var gauges = []gauge{
	{"drplan_run_success", "1 when the newest run succeeded and missed no objective.", func(s *Summary) (float64, bool) {
		return oneIf(s.ExitCode(false) == 0), true
	}},
	{"drplan_run_finished_timestamp_seconds", "When the newest run ended, in seconds since 1970.", func(s *Summary) (float64, bool) {
		return float64(s.FinishedAt.UnixMilli()) / 1000, !s.FinishedAt.IsZero()
	}},
	{"drplan_run_duration_seconds", "How long the newest run took.", ofLength(func(s *Summary) Seconds { return s.Duration })},
	{"drplan_rto_seconds", "The measured recovery time of the newest run.", ofLength(func(s *Summary) Seconds { return s.RTO.Actual })},
	{"drplan_rto_target_seconds", "The recovery time objective.", ofLength(func(s *Summary) Seconds { return s.RTO.Target })},
	{"drplan_rpo_seconds", "The age of the restored data at the disaster, of the newest run, where a schedule had made the backup.", scheduledRPO},
	{"drplan_rpo_target_seconds", "The recovery point objective.", ofLength(func(s *Summary) Seconds { return s.RPO.Target })},
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

// MetricLabels are the labels that every sample has.
var MetricLabels = []string{"scenario", "procedure", "mode"}

// Metrics writes runs in the text format of Prometheus, for node_exporter's textfile
// collector or a Pushgateway. There is to be one run for each scenario and mode: the
// newest that has ended.
// https://prometheus.io/docs/instrumenting/exposition_formats/
func Metrics(w io.Writer, runs []*Summary) error {
	var b strings.Builder
	for _, g := range gauges {
		var samples strings.Builder
		for _, s := range runs {
			if v, known := g.value(s); known {
				fmt.Fprintf(&samples, "%s{scenario=%s,procedure=%s,mode=%s} %s\n", g.name,
					label(s.Scenario), label(s.Procedure), label(s.Mode), strconv.FormatFloat(v, 'f', -1, 64))
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
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}

// Newest keeps of runs, newest first, the first that has ended of each scenario and
// mode. A refused run has shown nothing, and is passed over.
func Newest(runs []*Summary) (out []*Summary) {
	type what struct{ scenario, mode string }
	seen := map[what]bool{}
	for _, s := range runs {
		k := what{s.Scenario, s.Mode}
		if seen[k] || s.FinishedAt.IsZero() || s.Result == Refused {
			continue
		}
		seen[k] = true
		out = append(out, s)
	}
	return out
}
