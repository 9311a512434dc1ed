package period

import (
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"github.com/drplan/drplan/report"
)

var csvHead = []string{
	"plan", "run", "scenario", "procedure", "mode", "started_at", "result", "duration_seconds",
	"rto_seconds", "rto_target_seconds", "rto_met", "rto_estimated", "rto_reason",
	"rpo_seconds", "rpo_target_seconds", "rpo_met", "rpo_basis", "rpo_reason",
	"degraded", "records", "fingerprint", "journal", "signature", "note",
}

// CSV writes a line a run of the period, for spreadsheets. Runs that are gone or
// cannot be read have a line, too. What is not known is empty.
func CSV(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	lines := [][]string{csvHead}
	for _, a := range r.Attention {
		if a.Kind == KindMissing || a.Kind == KindUnreadable && a.Run != "" {
			lines = append(lines, lostLine(a))
		}
	}
	for _, p := range r.Plans {
		for _, run := range p.Runs {
			lines = append(lines, run.csv(p.Path))
		}
	}
	for _, line := range lines {
		for i := range line {
			line[i] = report.CSVCell(line[i])
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// lostLine is the line of a run of which nothing else is known.
func lostLine(a Attention) []string {
	line := make([]string, len(csvHead))
	line[1], line[5], line[6], line[len(line)-1] = a.Run, csvTime(a.At), a.Kind, a.Text
	return line
}

func (r *Run) csv(plan string) []string {
	line := []string{plan, r.ID, r.Scenario, r.Procedure, r.Mode, csvTime(r.StartedAt), string(r.Result), csvLength(r.Duration)}
	line = append(line, csvLength(r.RTO.Actual), csvLength(r.RTO.Target), csvMet(r.RTO.Met), fmt.Sprint(r.RTO.Estimated), text(r.RTO.Reason))
	line = append(line, csvLength(r.RPO.Actual), csvLength(r.RPO.Target), csvMet(r.RPO.Met), text(r.RPO.Basis), text(r.RPO.Reason))
	return append(line, fmt.Sprint(r.Degraded), fmt.Sprint(r.Evidence.Records), r.Evidence.Sum, r.Evidence.Journal, r.Evidence.Signature.State, r.Reason)
}

func csvTime(at report.Instant) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

func csvLength(d report.Seconds) string {
	if !d.Known {
		return ""
	}
	return fmt.Sprintf("%.3f", d.Seconds())
}

func csvMet(met *bool) string {
	if met == nil {
		return ""
	}
	return fmt.Sprint(*met)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
