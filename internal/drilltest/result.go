package drilltest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Result is what the tests read of a run's summary.
type Result struct {
	Code   int    `json:"-"` // drplan's exit code
	Log    string `json:"-"` // what it said on the way
	RunID  string `json:"run_id"`
	Result string `json:"result"`
	RTO    struct {
		Actual *float64           `json:"actual_seconds"`
		Met    *bool              `json:"met"`
		Split  map[string]float64 `json:"split"`
	} `json:"rto"`
	RPO struct {
		Actual *float64 `json:"actual_seconds"`
		Met    *bool    `json:"met"`
		Basis  string   `json:"basis"`
		Reason string   `json:"reason"`
	} `json:"rpo"`
	Steps []Step `json:"steps"`
}

// Step is one step of a Result.
type Step struct {
	ID       string          `json:"id"`
	Status   string          `json:"status"`
	Attempts int             `json:"attempts"`
	Seconds  float64         `json:"duration_seconds"`
	Outputs  json.RawMessage `json:"outputs"`
	Error    *string         `json:"error"`
}

// Step finds a step by its id.
func (r Result) Step(id string) Step {
	for _, s := range r.Steps {
		if s.ID == id {
			return s
		}
	}
	return Step{}
}

// Failed are the steps that failed by themselves, with their errors.
func (r Result) Failed() map[string]string {
	out := map[string]string{}
	for _, s := range r.Steps {
		if (s.Status == "failed" || s.Status == "timed_out") && s.Error != nil {
			out[s.ID] = *s.Error
		}
	}
	return out
}

// Succeeded ends the test unless the run exits 0 with nothing failed and an RTO
// that is measured and met.
func (r Result) Succeeded(t testing.TB) {
	t.Helper()
	if r.Code != 0 || r.Result != "succeeded" || len(r.Failed()) > 0 {
		t.Fatalf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	if r.RTO.Actual == nil || *r.RTO.Actual <= 0 || r.RTO.Met == nil || !*r.RTO.Met {
		t.Errorf("the RTO is %+v; want it measured and met", r.RTO)
		return
	}
	r.figures(t)
}

// figures gives what was measured to who reads the test's attributes: the RTO with
// its split, and the steps that took longest.
func (r Result) figures(t testing.TB) {
	var parts, long []string
	for _, part := range slices.Sorted(maps.Keys(r.RTO.Split)) {
		if took := r.RTO.Split[part]; took >= 0.05 {
			parts = append(parts, fmt.Sprintf("%s %.1f s", part, took))
		}
	}
	for _, s := range r.Steps {
		if s.Seconds >= 2 {
			long = append(long, fmt.Sprintf("%s %.1f s", s.ID, s.Seconds))
		}
	}
	t.Attr("RTO", fmt.Sprintf("%.1f s: %s", *r.RTO.Actual, strings.Join(parts, ", ")))
	if r.RPO.Actual != nil {
		t.Attr("RPO", fmt.Sprintf("%.1f s (%s)", *r.RPO.Actual, r.RPO.Basis))
	}
	if len(long) > 0 {
		t.Attr("steps_over_2_s", strings.Join(long, ", "))
	}
}

// OwnBackup holds that the RPO is measured, and not judged: the drill made the
// backup itself.
func (r Result) OwnBackup(t testing.TB) {
	t.Helper()
	if r.RPO.Basis != "drill_backup" || r.RPO.Met != nil || r.RPO.Actual == nil {
		t.Errorf("the RPO is %+v; want it measured, and not judged", r.RPO)
	}
}

// FailedAt holds that the run exits 1, for a step failed that says so.
func (r Result) FailedAt(t testing.TB, step, says string) {
	t.Helper()
	said, failed := r.Failed()[step]
	if r.Code != 1 || r.Result != "failed" || !failed || !strings.Contains(said, says) {
		t.Errorf("exit code %d, %s, failed: %v; want 1, failed, %s with %q\n%s", r.Code, r.Result, r.Failed(), step, says, r.Log)
		return
	}
	t.Logf("%s: %s", step, said)
}

// Refused holds that the run exits 3 before it has changed anything, and says why.
func (r Result) Refused(t testing.TB, says string) {
	t.Helper()
	if r.Code != 3 || r.Result != "refused" || !strings.Contains(r.Log, says) {
		t.Errorf("exit code %d, %s; want 3, refused, with %q\n%s", r.Code, r.Result, says, r.Log)
	}
}
