package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

// TestOrigin: every report tells from which commit the plan comes, what the run found
// out about the world, once each, and who says to have signed.
func TestOrigin(t *testing.T) {
	run := refusedRun(t).run()
	dirty := true
	run.Header.Plan.Source = &engine.Source{Commit: strings.Repeat("1a2b", 10), Path: "dr/plan.yaml", Dirty: &dirty}
	facts := []engine.Fact{{Of: "cluster primary", Name: "kubernetes", Value: "v1.33.4"}, {Of: "cluster primary", Name: "uid", Value: "6a2c"}}
	n := 0
	for i := range run.Events {
		if run.Events[i].Kind == engine.PreflightDone {
			run.Events[i].Facts = append(facts, facts...)
			n++
		}
	}
	if n == 0 {
		t.Fatal("the run has no preflight")
	}
	run.Evidence = &journal.Verification{Records: 7, Sum: "aa", Closed: true}
	run.Signatures = []Signature{{Key: "SHA256:abc", By: "alice@desk", At: instant(time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)), Records: 7}}
	s := Summarize(run)
	var terminal, markdown, raw bytes.Buffer
	if err := Terminal(&terminal, s, TerminalOptions{Width: 200}); err != nil {
		t.Fatal(err)
	}
	if err := Markdown(&markdown, s); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&raw, s); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ text, want string }{
		"terminal": {terminal.String(), "commit 1a2b1a2b1a2b, dr/plan.yaml; the work tree had changes that were not committed\n"},
		"facts":    {terminal.String(), "Environment\n  cluster primary: kubernetes v1.33.4\n  cluster primary: uid 6a2c\n"},
		"signed":   {terminal.String(), "Signed 2026-03-01 09:30:00 UTC by alice@desk with the key SHA256:abc, up to record 7\n"},
		"markdown": {markdown.String(), "The plan comes from commit " + strings.Repeat("1a2b", 10) + ", dr/plan.yaml; the work tree"},
		"table":    {markdown.String(), "| cluster primary | kubernetes | `v1.33.4` |\n| cluster primary | uid | `6a2c` |\n"},
		"words":    {markdown.String(), "Signed 2026-03-01 09:30:00 UTC by alice&#64;desk with the key SHA256:abc, up to record 7."},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s lacks\n%s\nin\n%s", what, c.want, c.text)
		}
	}
	var back struct {
		Plan        Plan    `json:"plan"`
		Environment []Found `json:"environment"`
		Evidence    struct {
			Signatures []struct{ Key, By string } `json:"signatures"`
		} `json:"evidence"`
	}
	if err := json.Unmarshal(raw.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Plan.Source == nil || back.Plan.Source.Path != "dr/plan.yaml" || !*back.Plan.Source.Dirty || len(back.Environment) != 2 ||
		len(back.Evidence.Signatures) != 1 || back.Evidence.Signatures[0].By != "alice@desk" {
		t.Errorf("the JSON has %+v", back)
	}
	clean := false
	for want, p := range map[string]Plan{
		"": {}, "commit ab, p": {Source: &engine.Source{Commit: "ab", Path: "p", Dirty: &clean}},
		"commit ab, p; whether anything was changed since nobody could tell": {Source: &engine.Source{Commit: "ab", Path: "p"}},
	} {
		if got := p.From(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
