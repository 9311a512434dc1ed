package otlp

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

var update = flag.Bool("update", false, "rewrite testdata")

// recorded are the journals that the reports are tested on.
func recorded(t *testing.T) map[string]*report.Run {
	t.Helper()
	files, err := filepath.Glob("../testdata/*.jsonl")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d journals, %v", len(files), err)
	}
	runs := map[string]*report.Run{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
		h, err := engine.DecodeHeader(lines[0])
		if err != nil {
			t.Fatal(err)
		}
		r := &report.Run{Header: h}
		for _, line := range lines[1:] {
			e, err := engine.DecodeEvent(line)
			if err != nil {
				t.Fatal(err)
			}
			r.Events = append(r.Events, e)
		}
		runs[strings.TrimSuffix(filepath.Base(file), ".jsonl")] = r
	}
	return runs
}

// Every trace is one tree with one root, in which no id stands twice and no span ends
// before it begins; it has an attempt for each in the journal, at its times; links lead
// to spans or to steps that never began.
func TestTrace(t *testing.T) {
	for name, r := range recorded(t) {
		spans := Of(r, report.Summarize(r), Options{}).ResourceSpans[0].ScopeSpans[0].Spans
		byID := map[spanID]*span{}
		roots, attempts := 0, map[nanos]int{}
		for i := range spans {
			s := &spans[i]
			if byID[s.SpanID] != nil {
				t.Errorf("%s: %s and %s have one id", name, s.Name, byID[s.SpanID].Name)
			}
			byID[s.SpanID] = s
			if s.ParentID == nil {
				roots++
			}
			if s.End < s.Start || s.TraceID != spans[0].TraceID || s.Name == "" {
				t.Errorf("%s: %s from %d to %d", name, s.Name, s.Start, s.End)
			}
			if strings.HasPrefix(s.Name, "attempt ") {
				attempts[s.Start]++
			}
		}
		if roots != 1 || spans[0].ParentID != nil {
			t.Errorf("%s: %d roots", name, roots)
		}
		for _, s := range spans {
			if s.ParentID != nil && byID[*s.ParentID] == nil {
				t.Errorf("%s: %s has a parent that is not there", name, s.Name)
			}
		}
		for _, e := range r.Events {
			if e.Kind == engine.AttemptStarted {
				attempts[unix(e.Wall)]--
			}
		}
		for at, n := range attempts {
			if n != 0 {
				t.Errorf("%s: at %s %d attempts more than the journal has", name, time.Unix(0, int64(at)).UTC(), n)
			}
		}
	}
}

// The figures of the run's span are those of the summary, and its end the journal's.
func TestRoot(t *testing.T) {
	for name, r := range recorded(t) {
		s := report.Summarize(r)
		root := Of(r, s, Options{}).ResourceSpans[0].ScopeSpans[0].Spans[0]
		last := r.Events[len(r.Events)-1]
		if root.Start != unix(s.StartedAt.Time) || root.End != unix(last.Wall) {
			t.Errorf("%s: from %d to %d", name, root.Start, root.End)
		}
		want := map[report.Result]int{report.Succeeded: codeOK, report.Failed: codeError}[s.Result]
		if (s.Result == report.Succeeded || s.Result == report.Failed) && root.Status.Code != want {
			t.Errorf("%s: status %d of a run that %s", name, root.Status.Code, s.Result)
		}
		var got *float64
		for _, a := range root.Attributes {
			if a.Key == "drplan.rto.actual_seconds" {
				got = a.Value.Double
			}
		}
		if (got != nil) != s.RTO.Actual.Known || got != nil && *got != s.RTO.Actual.Seconds() {
			t.Errorf("%s: RTO %v, want %v", name, got, s.RTO.Actual)
		}
	}
}

// Whoever sends a run twice sends the same, and two runs are two traces.
func TestSame(t *testing.T) {
	runs := recorded(t)
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := Write(w, runs["failed"], report.Summarize(runs["failed"]), Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if a.Len() < 1000 || a.String() != b.String() {
		t.Error("the same run is another trace")
	}
	if TraceID("a") == TraceID("b") || len(TraceID("a")) != 32 {
		t.Errorf("%s, %s", TraceID("a"), TraceID("b"))
	}
}

// What is written is what was looked at.
func TestGolden(t *testing.T) {
	runs := recorded(t)
	for _, name := range []string{"failed", "resumed"} {
		var b bytes.Buffer
		if err := Write(&b, runs[name], report.Summarize(runs[name]), Options{Service: "drills", Resource: []Attribute{{"site", "a"}}}); err != nil {
			t.Fatal(err)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, b.Bytes(), "", " "); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}
