package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/junit"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// What is written is what Prometheus reads; what was not measured is not there.
func TestMetrics(t *testing.T) {
	drill, failed, refused, running := drillRun(t).summary(), failedRun(t).summary(), refusedRun(t).summary(), runningRun(t).summary()
	failed.Scenario = "a\"b\\c\nd"
	older := drillRun(t).summary()
	older.RTO.Actual = seconds(1)
	var b bytes.Buffer
	if err := Metrics(&b, Newest([]*Summary{running, refused, drill, older, failed})); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(&b)
	if err != nil {
		t.Fatal(err)
	}
	value := func(name, scenario string) (float64, bool) {
		for _, m := range families[name].GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "scenario" && l.GetValue() == scenario {
					return m.GetGauge().GetValue(), true
				}
			}
		}
		return 0, false
	}
	if v, _ := value("drplan_rto_seconds", drill.Scenario); v != drill.RTO.Actual.Seconds() || v == 0 {
		t.Errorf("the drill's RTO is %v, want %v of the newest run", v, drill.RTO.Actual)
	}
	if v, ok := value("drplan_run_success", failed.Scenario); !ok || v != 0 {
		t.Errorf("the failed run is %v, %v; want 0 under its own name", v, ok)
	}
	if _, ok := value("drplan_rto_seconds", failed.Scenario); ok {
		t.Error("a run without a measured RTO has one")
	}
	for _, s := range []*Summary{refused, running} {
		if _, ok := value("drplan_run_success", s.Scenario); ok {
			t.Errorf("a run that is %s counts", s.Result)
		}
	}
}

// What was not measured is not told as if it were: an estimate has a metric of its own,
// and so has a lower bound.
func TestMetricsOfAnEstimate(t *testing.T) {
	estimate, bound := goldenRuns["simulated"](t).summary(), drillRun(t).summary()
	bound.RTO.LowerBound = true
	for _, s := range []*Summary{estimate, bound} {
		var b bytes.Buffer
		if err := Metrics(&b, Newest([]*Summary{s})); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "drplan_rto_seconds") || !strings.Contains(b.String(), "drplan_rto_estimated_seconds{") {
			t.Errorf("got\n%s", &b)
		}
	}
}

// A suite counts what its cases are, of a hostile run too.
func TestJUnit(t *testing.T) {
	for name, make := range goldenRuns {
		s := make(t).summary()
		var b bytes.Buffer
		if err := JUnit(&b, s); err != nil {
			t.Fatal(err)
		}
		var suite junit.Suite
		if err := xml.Unmarshal(b.Bytes(), &suite); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b.String())
		}
		failed := 0
		for _, step := range s.Steps {
			if step.Status == "failed" || step.Status == "timed_out" || step.Status == "cancelled" {
				failed++
			}
		}
		if missed(s.RTO.Met) {
			failed++
		}
		if missed(s.RPO.Met) {
			failed++
		}
		if suite.Failures != failed || suite.Tests != len(suite.Cases) || suite.Tests < len(s.Steps) || suite.Tests == 0 {
			t.Errorf("%s: %d tests, %d failures; want %d failures", name, suite.Tests, suite.Failures, failed)
		}
	}
}

// A line a step and an instance, and no cell that a spreadsheet would run.
func TestCSV(t *testing.T) {
	s := drillRun(t).summary()
	s.Steps[0].Name = "=cmd|'/c calc'!A1"
	var b bytes.Buffer
	if err := CSV(&b, s); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := 1
	for _, step := range s.Steps {
		want += 1 + len(step.Instances)
	}
	if len(lines) != want || len(lines[0]) != len(csvHead) {
		t.Errorf("%d lines of %d cells, want %d of %d", len(lines), len(lines[0]), want, len(csvHead))
	}
	if name := lines[1][6]; !strings.HasPrefix(name, "'=") {
		t.Errorf("a spreadsheet would run %q", name)
	}
}
