package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// csvHead names the columns of CSV.
var csvHead = []string{
	"run", "scenario", "mode", "phase", "step", "key", "name", "type", "status", "started_at", "finished_at",
	"duration_seconds", "attempts", "on_critical_path", "slack_seconds", "error",
}

// CSV writes a line a step, and one for each instance of a step with for_each, for
// spreadsheets. Times are RFC 3339 in UTC; a length that is not known is empty.
func CSV(w io.Writer, s *Summary) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHead); err != nil {
		return err
	}
	for _, step := range s.Steps {
		for _, line := range append([]Step{step}, step.Instances...) {
			if err := out.Write(s.csvLine(line)); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func (s *Summary) csvLine(step Step) []string {
	failure := ""
	if step.Error != nil {
		failure = *step.Error
	}
	cells := []string{
		s.RunID, s.Scenario, s.Mode, step.Phase, step.ID, step.Key, step.Name, step.Type, step.Status,
		csvTime(step.StartedAt), csvTime(step.FinishedAt), csvLength(step.Duration), fmt.Sprint(step.Attempts),
		fmt.Sprint(step.OnCriticalPath), csvLength(step.Slack), failure,
	}
	for i := range cells {
		cells[i] = inert(plain(cells[i]))
	}
	return cells
}

// inert keeps a spreadsheet from running a cell: text that begins like a formula gets
// a quote before it (OWASP, "CSV Injection").
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func csvTime(i Instant) string {
	if i.IsZero() {
		return ""
	}
	return i.Format("2006-01-02T15:04:05.000Z07:00")
}

func csvLength(d Seconds) string {
	if !d.Known {
		return ""
	}
	return fmt.Sprintf("%.3f", d.Seconds())
}
