package html

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/report"
)

var update = flag.Bool("update", false, "rewrite the pages in testdata")

// recorded reads the runs whose journals package report keeps.
func recorded(t *testing.T) map[string]*report.Run {
	t.Helper()
	files, err := filepath.Glob("../testdata/*.jsonl")
	if err != nil || len(files) < 9 {
		t.Fatalf("%d recorded runs: %v", len(files), err)
	}
	runs := map[string]*report.Run{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		runs[name] = decoded(t, data)
		runs[name].Live = name == "running"
	}
	runs["drill"].Evidence = &journal.Verification{Records: 61, Closed: true, Sum: "9b1fd4a9a1a6d1b0a2f3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819"}
	return runs
}

func decoded(t *testing.T, data []byte) *report.Run {
	t.Helper()
	run := &report.Run{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if run.Header.Format == 0 {
			h, err := engine.DecodeHeader(lines.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			run.Header = h
			continue
		}
		e, err := engine.DecodeEvent(lines.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		run.Events = append(run.Events, e)
	}
	return run
}

// reportOf is a page with everything that a caller can hand in.
func reportOf(t *testing.T, name string, runs map[string]*report.Run) RunReport {
	t.Helper()
	r := RunReport{Summary: report.Summarize(runs[name])}
	switch name {
	case "resumed":
		r.Changes = report.ChangesSince(runs["in_doubt"], runs[name])
	case "interrupted":
		r.Changes = report.ChangesSince(runs["running"], runs[name])
	case "failed":
		r.Summary.Findings = []report.Finding{{ID: "F-1", Title: "the restore needs <a> longer timeout", Owner: "ann", Due: report.DayOf(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)), State: "open", Overdue: true}, {ID: "F-2", State: "closed", Resolution: "the timeout is 30m"}}
	}
	return r
}

func pageOf(t *testing.T, r RunReport) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The style sheet and the script are left out of the pages that are kept.
func TestGolden(t *testing.T) {
	runs := recorded(t)
	for name := range runs {
		t.Run(name, func(t *testing.T) {
			page := pageOf(t, reportOf(t, name, runs))
			for _, file := range []string{"style.css", "script.js"} {
				if !bytes.Contains(page, []byte(asset(file))) {
					t.Fatalf("the page has not got %s as it is", file)
				}
				page = bytes.Replace(page, []byte(asset(file)), []byte("…"), 1)
				if !bytes.Contains(page, []byte(digestOf(asset(file)))) {
					t.Fatalf("the page has not got the digest of %s", file)
				}
				page = bytes.Replace(page, []byte(digestOf(asset(file))), []byte("…"), 1)
			}
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, page, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(page)); diff != "" {
				t.Errorf("%s (-want +got; if it is right, go test -update):\n%s", file, diff)
			}
		})
	}
}

func digestOf(text string) string {
	return strings.ReplaceAll(template.HTMLEscapeString(digest(text)), "+", "&#43;") // as an attribute has it
}

// hostile is text that wants out of wherever it is put.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'--></style></title></svg>{{.}}` + "\u202e\x1b[31m\x00 javascript:alert(3) & ${x} `y`"

// poison puts hostile text into every field of a recorded run in which people or
// steps have a say.
func poison(t *testing.T, run *report.Run) *report.Run {
	t.Helper()
	h := run.Header
	for _, field := range []*string{&h.Tool, &h.Host, &h.User, &h.Title, &h.Why, &h.Procedure, &h.Plan.Path, &h.Plan.Version, &h.Plan.SHA256, &h.Objective.Row, &h.RunID, &h.Scenario} {
		*field = hostile
	}
	outputs, err := json.Marshal(map[string]any{hostile: hostile, "data_source": hostile, "recovery_point": hostile, "etcd_version": hostile, "list": []string{hostile}})
	if err != nil {
		t.Fatal(err)
	}
	h.Params = outputs
	h.Plan.Source = &engine.Source{Commit: hostile, Path: hostile}
	for i := range h.Graph.Nodes {
		h.Graph.Nodes[i].Name, h.Graph.Nodes[i].Type = hostile, hostile
	}
	bad := &report.Run{Header: h, Events: append([]engine.Event{}, run.Events...), Live: run.Live, Evidence: &journal.Verification{Sum: hostile},
		Signatures: []report.Signature{{Key: hostile, By: hostile}},
		Told:       []report.Notice{{Outcome: hostile, Channel: hostile, To: []string{hostile}, What: hostile, Error: hostile}, {By: hostile, What: hostile}}}
	for i := range bad.Events {
		e := &bad.Events[i]
		for _, field := range []*string{&e.Reason, &e.Error, &e.By, &e.Prompt} {
			if *field != "" {
				*field = hostile
			}
		}
		if len(e.Outputs) > 0 {
			e.Outputs = outputs
		}
		if e.Kind == engine.PreflightDone {
			e.Facts = []engine.Fact{{Of: hostile, Name: hostile, Value: hostile}}
		}
		for j := range e.Checks {
			c := &e.Checks[j]
			c.Name, c.Message = hostile, hostile
			if c.Override != "" {
				c.Override = hostile
			}
		}
	}
	return bad
}
