package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata")

func TestGolden(t *testing.T) {
	for name, run := range goldenRuns {
		t.Run(name, func(t *testing.T) {
			s := run(t).summary()
			golden(t, name+".jsonl", run(t).record)
			golden(t, name+".json", func(b *bytes.Buffer) error { return JSON(b, s) })
			golden(t, name+".md", func(b *bytes.Buffer) error { return Markdown(b, s) })
			for _, columns := range []int{40, 80} {
				golden(t, fmt.Sprintf("%s.%d.txt", name, columns), func(b *bytes.Buffer) error {
					return Terminal(b, s, TerminalOptions{Width: columns})
				})
			}
		})
	}
}

func golden(t *testing.T, name string, write func(*bytes.Buffer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got; if it is right, go test -update):\n%s", file, diff)
	}
}

// TestTerminalWidth: no line is wider than the terminal, whatever is in it, and
// colours take no room.
func TestTerminalWidth(t *testing.T) {
	for name, run := range goldenRuns {
		s := run(t).summary()
		for columns := 20; columns <= 200; columns += 5 {
			var mono, color bytes.Buffer
			if err := Terminal(&mono, s, TerminalOptions{Width: columns}); err != nil {
				t.Fatal(err)
			}
			if err := Terminal(&color, s, TerminalOptions{Width: columns, Color: true}); err != nil {
				t.Fatal(err)
			}
			if mono.Len() < 100 || strings.Contains(mono.String(), "\x1b") {
				t.Errorf("%s: %d bytes, or colours where none are wanted", name, mono.Len())
			}
			for line := range strings.Lines(mono.String()) {
				if w := width(strings.TrimSuffix(line, "\n")); w > columns {
					t.Errorf("%s at %d: a line of %d: %q", name, columns, w, line)
				}
			}
			if got := uncolored(color.String()); got != mono.String() {
				t.Errorf("%s at %d: colours change the text:\n%s", name, columns, cmp.Diff(mono.String(), got))
			}
			if color.Len() == mono.Len() {
				t.Errorf("%s: no colours", name)
			}
		}
	}
}

// TestBar: it is full, and red, only when the target was missed.
func TestBar(t *testing.T) {
	for target, want := range map[time.Duration]string{
		50 * time.Second:      "\x1b[32m" + strings.Repeat("█", 39) + "\x1b[0m\x1b[2m░\x1b[0m 100% of the target",
		49 * time.Second:      "\x1b[31m" + strings.Repeat("█", 40) + "\x1b[0m 102% of the target",
		100_000 * time.Second: "\x1b[32m█\x1b[0m\x1b[2m" + strings.Repeat("░", 39) + "\x1b[0m 0% of the target",
	} {
		s := upToCheck(drill(t, target), restore("db", "2026-08-01T09:59:50Z", "")).done("check", "").done("clean", "").summary()
		var b bytes.Buffer
		if err := Terminal(&b, s, TerminalOptions{Color: true}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("target %s: want %q in\n%s", target, want, b.String())
		}
	}
}

// TestMarkdownIsSafe: text from plans and steps makes no markup and breaks no
// table.
func TestMarkdownIsSafe(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, failedRun(t).summary()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>", "<b>", "\n# not", "@everyone", "https://evil", "\x1b", " `c` ", "**all**"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%q got through", bad)
		}
	}
	rows := 0
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "| p") && !strings.HasPrefix(line, "| d") {
			continue
		}
		rows++
		cells := strings.Count(strings.ReplaceAll(strings.ReplaceAll(line, `\\`, ""), `\|`, ""), "|") - 1
		if cells != 10 {
			t.Errorf("a row of %d cells: %s", cells, line)
		}
	}
	if rows < 6 {
		t.Errorf("only %d rows were looked at", rows)
	}
}

// TestSummaryKeys holds the JSON to the documented one: every key of it, in its
// type, and beside them only those that are listed here.
func TestSummaryKeys(t *testing.T) {
	const documented = `{"schema_version":1,"run_id":"…","plan":{"path":"…","version":"1.0","sha256":"…"},"scenario":"accidental_deletion","procedure":"namespace_deletion","mode":"drill",
 "result":"succeeded","started_at":"RFC3339Nano UTC","finished_at":"…","duration_seconds":0.0,
 "rto":{"target_seconds":3600,"actual_seconds":0.0,"met":true,"estimated":false,"reason":null,"split":{"down":0,"machine":0,"verification":0,"people":0}},
 "rpo":{"target_seconds":900,"actual_seconds":0.0,"met":null,"basis":"drill_backup","recovery_point":"…","reason":"…"},
 "critical_path":["find","restore","it_serves_again"],
 "steps":[{"id":"find","name":"…","type":"velero_latest","phase":"procedure","status":"succeeded","started_at":"…","duration_seconds":0.0,
           "attempts":1,"on_critical_path":true,"slack_seconds":0.0,"outputs":{},"error":null}]}`
	added := map[string][]string{
		"":       {"degraded", "title", "why", "objective", "tool", "root_causes", "never_reached", "notes", "evidence", "people", "what_if", "down", "success_criteria", "preflight"},
		".rto":   {"started_at", "finished_at", "lower_bound"},
		".steps": {"instances", "finished_at", "spans", "verifies", "restores", "mutates"},
	}
	got, want := decoded(t, drillRun(t).summary()), map[string]any{}
	if err := json.Unmarshal([]byte(documented), &want); err != nil {
		t.Fatal(err)
	}
	sameKeys(t, "", want, got, added)
	for _, step := range got["steps"].([]any) {
		if step := step.(map[string]any); step["id"] != "wipe" && step["phase"] == "procedure" && step["slack_seconds"] != nil {
			sameKeys(t, ".steps", want["steps"].([]any)[0].(map[string]any), step, added)
		}
	}
}

func decoded(t *testing.T, s *Summary) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, s); err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func sameKeys(t *testing.T, at string, want, got map[string]any, added map[string][]string) {
	t.Helper()
	for key, w := range want {
		g, ok := got[key]
		if !ok || fmt.Sprintf("%T", g) != fmt.Sprintf("%T", w) {
			t.Errorf("%s.%s is %T, want %T", at, key, g, w)
			continue
		}
		if w, ok := w.(map[string]any); ok {
			if key != "outputs" {
				sameKeys(t, at+"."+key, w, g.(map[string]any), added)
			}
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok && !strings.Contains(","+strings.Join(added[at], ",")+",", ","+key+",") {
			t.Errorf("%s.%s is not documented", at, key)
		}
	}
}
