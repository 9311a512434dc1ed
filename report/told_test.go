package report

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// Who was told stands in every report for people, and what was not sent.
func TestTold(t *testing.T) {
	run := drillRun(t).run()
	at := Instant{time.Date(2026, 8, 1, 10, 1, 2, 0, time.UTC)}
	run.Told = []Notice{
		{At: at, Outcome: "sent", Channel: "team", To: []string{"primary ops@example.com"}, What: "Drill started"},
		{At: at, Outcome: "failed", Channel: "pager", What: "Step | failed", Error: "no answer in time"},
		{At: at, Outcome: "acknowledged", By: "bob@desk", What: "on it"},
	}
	s := Summarize(run)
	var text, page bytes.Buffer
	if err := Terminal(&text, s, TerminalOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&page, s); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"10:01:02 pager: Step | failed: failed; no answer in time", "10:01:02 bob@desk said that they know", "1 of 2 messages were taken",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the terminal lacks %q:\n%s", want, &text)
		}
	}
	for _, want := range []string{
		"| 2026-08-01 10:01:02 | team, for primary ops&#64;example.com | Drill started | sent |", `| pager | Step \| failed | failed; no answer in time |`,
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, &page)
		}
	}
	for minute := range 3 { // tried again and again, it is told once
		n := run.Told[1]
		n.At.Time = n.At.Add(time.Duration(minute+1) * time.Minute)
		run.Told = append(run.Told, n)
	}
	page.Reset()
	if err := Markdown(&page, Summarize(run)); err != nil {
		t.Fatal(err)
	}
	if want := `| 2026-08-01 10:04:02 | pager | Step \| failed | failed, 4 times since 2026-08-01 10:01:02 UTC; no answer in time |`; !strings.Contains(page.String(), want) || strings.Count(page.String(), "pager") != 1 {
		t.Errorf("the page lacks %q, or says it more than once:\n%s", want, &page)
	}
	run.Told = nil
	text.Reset()
	if err := Terminal(&text, Summarize(run), TerminalOptions{}); err != nil || strings.Contains(text.String(), "told") {
		t.Errorf("of a run that told nobody: %v\n%s", err, &text)
	}
}
