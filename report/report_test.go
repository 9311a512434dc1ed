package report

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1: "<1ms", 999_999: "<1ms", time.Millisecond: "1ms", 350 * time.Millisecond: "350ms", 999_400_000: "999ms",
		999_600_000: "1.0s", time.Second: "1.0s", 12_345 * time.Millisecond: "12.3s", 59_940 * time.Millisecond: "59.9s", 59_960 * time.Millisecond: "1m",
		65 * time.Second: "1m05s", 15 * time.Minute: "15m", time.Hour: "1h", 65 * time.Minute: "1h05m", time.Hour + 5*time.Second: "1h00m05s",
		2*time.Hour + 3*time.Minute + 9600*time.Millisecond: "2h03m10s", 100 * time.Hour: "100h", -65 * time.Second: "-1m05s",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%d ns: %s, want %s", d, got, want)
		}
	}
}

func TestExitCode(t *testing.T) {
	yes, no := ptr(true), ptr(false)
	target := seconds(time.Hour)
	for _, tc := range []struct {
		name           string
		s              Summary
		want, measured int // with --require-measured
	}{
		{"all met", Summary{Result: Succeeded, RTO: RTO{Target: target, Met: yes}, RPO: RPO{Target: target, Met: yes}}, 0, 0},
		{"RTO missed", Summary{Result: Succeeded, RTO: RTO{Target: target, Met: no}, RPO: RPO{Target: target, Met: yes}}, 1, 1},
		{"RPO missed", Summary{Result: Succeeded, RTO: RTO{Target: target, Met: yes}, RPO: RPO{Target: target, Met: no}}, 1, 1},
		{"not judged", Summary{Result: Succeeded, RTO: RTO{Target: target, Met: yes}, RPO: RPO{Target: target}}, 0, 1},
		{"no targets", Summary{Result: Succeeded}, 0, 0},
		{"failed", Summary{Result: Failed}, 1, 1},
		{"refused", Summary{Result: Refused}, 3, 3},
		{"in doubt", Summary{Result: InDoubt}, 3, 3},
		{"unreadable", Summary{Result: Unreadable}, 3, 3},
		{"cancelled", Summary{Result: Cancelled}, 130, 130},
		{"interrupted", Summary{Result: Interrupted}, 130, 130},
		{"running", Summary{Result: Running, RTO: RTO{Target: target}}, 3, 3},
		{"running, missed already", Summary{Result: Running, RTO: RTO{Target: target, Met: no}}, 3, 3},
	} {
		if got := tc.s.ExitCode(false); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
		if got := tc.s.ExitCode(true); got != tc.measured {
			t.Errorf("%s: %d with --require-measured, want %d", tc.name, got, tc.measured)
		}
	}
}

func TestResults(t *testing.T) {
	for name, want := range map[string]Result{"drill": Succeeded, "failed": Failed, "refused": Refused, "in_doubt": InDoubt, "interrupted": Interrupted, "running": Running} {
		if s := goldenRuns[name](t).summary(); s.Result != want {
			t.Errorf("%s: %s (%s)", name, s.Result, s.Reason)
		}
	}
	p := drill(t, time.Minute).start().at("10s").in(engine.Cancel{By: "ann", Reason: "enough"}).fail("setup", "stopped")
	if s := p.done("clean", "").summary(); s.Result != Cancelled || s.ExitCode(false) != 130 {
		t.Errorf("%s, exit %d", s.Result, s.ExitCode(false))
	}
	p = drill(t, time.Minute).start().at("10s").in(engine.Interrupt{By: "ann"})
	if s := p.summary(); s.Result != Interrupted || !s.canResume {
		t.Errorf("%s (%s), can resume: %t", s.Result, s.Reason, s.canResume)
	}
}

// TestNothingIsZero: a measure that was not taken is null in JSON and has a reason.
func TestNothingIsZero(t *testing.T) {
	for name, run := range goldenRuns {
		got := decoded(t, run(t).summary())
		for _, measure := range []string{"rto", "rpo"} {
			m := got[measure].(map[string]any)
			if m["actual_seconds"] == nil && (m["reason"] == nil || m["met"] != nil || m["split"] != nil || m["basis"] != nil || m["recovery_point"] != nil) {
				t.Errorf("%s: %s was not taken, and says %v", name, measure, m)
			}
			if m["met"] == nil && m["reason"] == nil {
				t.Errorf("%s: %s is not judged for no reason: %v", name, measure, m)
			}
			if m["actual_seconds"] == 0.0 {
				t.Errorf("%s: %s is zero", name, measure)
			}
		}
		for _, step := range got["steps"].([]any) {
			s := step.(map[string]any)
			if (s["started_at"] == nil) != (s["duration_seconds"] == nil) {
				t.Errorf("%s: %v began at %v and took %v", name, s["id"], s["started_at"], s["duration_seconds"])
			}
		}
	}
}

func TestCausesAndHints(t *testing.T) {
	s := failedRun(t).summary()
	if diff := cmp.Diff([]string{"serve", "announce", "canary"}, s.NeverReached); diff != "" {
		t.Error(diff)
	}
	var steps []string
	for _, c := range s.RootCauses {
		steps = append(steps, c.Step)
	}
	if diff := cmp.Diff([]string{"restore", "wipe"}, steps); diff != "" { // tell may fail: a note
		t.Error(diff)
	}
	if !slices.ContainsFunc(s.Notes, func(n Note) bool { return n.Kind == "tolerated" && n.Step == "tell" }) {
		t.Error("no word of the step that was allowed to fail")
	}
	// A run that was not cleaned up can go on.
	p := newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), node("restore", engine.PhaseProcedure)).start().done("lose", "").fail("restore", "no")
	hint := p.summary().RootCauses[0].Hint
	for _, want := range []string{"drplan run --resume 20260801-100000-drill", "drplan settle 20260801-100000-drill restore done"} {
		if !strings.Contains(hint, want) {
			t.Errorf("hint %q lacks %q", hint, want)
		}
	}
	// Of a for_each step the instance is the cause.
	each := node("restore", engine.PhaseProcedure)
	each.ForEach = true
	p = newPlayer(t, engine.Header{}, each)
	p.items = map[string][]string{"restore": {"eu", "us"}}
	p.start().doneKey("restore", "eu", "").in(engine.Ended{Node: "restore", Key: "us", Attempt: 1, Err: "quota"})
	if c := p.summary().RootCauses; len(c) != 1 || c[0].Step != "restore[us]" || c[0].Error != "quota" {
		t.Errorf("causes %+v", c)
	}
}

func TestNotes(t *testing.T) {
	p := recoveryRun(t)
	got := map[string]int{}
	for _, n := range p.summary().Notes {
		got[n.Kind]++
		if n.Text == "" || n.At.IsZero() {
			t.Errorf("an empty note: %+v", n)
		}
	}
	if diff := cmp.Diff(map[string]int{"overridden": 1, "settled": 1, "reopened": 1, "resumed": 1}, got); diff != "" {
		t.Error(diff)
	}
	p = drill(t, time.Minute).start().crash()
	p.now = 5 * time.Second
	p.in(engine.Cut{Reason: "12 bytes were cut"}).in(engine.Resume{Reason: "the wall clock had gone back by 1h"})
	kinds := ""
	for _, n := range p.summary().Notes {
		kinds += n.Kind + " "
	}
	if kinds != "journal_cut resumed clock " {
		t.Errorf("notes: %s", kinds)
	}
}

// TestAttempts: an attempt that a crash broke off and that runs again under its
// number counts once, and its time from its first start.
func TestAttempts(t *testing.T) {
	p := drill(t, time.Minute).start().at("2s").resume("10s").in(engine.Reconciled{Node: "setup", Attempt: 1, Verdict: engine.VerdictRerun})
	s := p.at("15s").done("setup", "").summary().Steps[0]
	if s.Attempts != 1 || s.Duration.Duration != 15*time.Second || !s.StartedAt.Equal(began) {
		t.Errorf("%d attempts, %s since %s", s.Attempts, s.Duration.Duration, s.StartedAt)
	}
}

func TestRead(t *testing.T) {
	p := drillRun(t)
	header, err := engine.EncodeHeader(p.header)
	if err != nil {
		t.Fatal(err)
	}
	runs := t.TempDir()
	log, err := journal.Create(runs, p.header.RunID, header, nil)
	if err != nil {
		t.Fatal(err)
	}
	var records [][]byte
	for _, e := range p.events {
		record, err := engine.EncodeEvent(e)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	dir := filepath.Join(runs, p.header.RunID)
	write := func(records [][]byte) *Summary {
		t.Helper()
		if err := log.Append(records...); err != nil {
			t.Fatal(err)
		}
		run, err := Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return Summarize(run)
	}
	half := write(records[:len(records)/2])
	if torn := func() *Summary {
		file := filepath.Join(dir, "journal.jsonl")
		whole, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, append(whole[:len(whole):len(whole)], `{"seq":99`...), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer os.WriteFile(file, whole, 0o600)
		return write(nil)
	}(); !strings.Contains(torn.Evidence.String(), "a crash left 9 bytes at line") || !strings.Contains(torn.Evidence.String(), "a resume cuts them") || torn.Evidence.Fault != "" {
		t.Errorf("a tail that a crash left: %s, %+v", torn.Evidence, torn.Evidence)
	}
	if half.Result != Interrupted || half.Evidence.Closed || half.Evidence.Records != int64(1+len(records)/2) {
		t.Errorf("half a journal: %s, %+v", half.Result, half.Evidence)
	}
	all := write(records[len(records)/2:])
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if !all.Evidence.Closed || len(all.Evidence.Sum) != 64 || all.Evidence.Sum == half.Evidence.Sum {
		t.Errorf("evidence %+v", all.Evidence)
	}
	want := p.summary()
	all.Evidence = want.Evidence
	if diff := cmp.Diff(jsonOf(t, want), jsonOf(t, all)); diff != "" {
		t.Errorf("read from disk it says something else: %s", diff)
	}
	if _, err := Read(filepath.Join(runs, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no run: %v", err)
	}
}

func jsonOf(t *testing.T, s *Summary) string {
	t.Helper()
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestUnfitEvents: a journal that makes no sense gives a summary that says so.
func TestUnfitEvents(t *testing.T) {
	p := drillRun(t)
	p.events = p.events[3:]
	s := p.summary()
	if s.Result != Unreadable || s.ExitCode(false) != 3 || !strings.Contains(s.Reason, "do not fit together") || s.RTO.Reason == nil {
		t.Errorf("%s: %s", s.Result, s.Reason)
	}
	if got := decoded(t, s); got["rto"].(map[string]any)["actual_seconds"] != nil || got["steps"] == nil || got["notes"] == nil {
		t.Errorf("summary %v", got)
	}
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		s    string
		want []string
	}{
		{"", nil}, {"a b", []string{"a b"}}, {"aaaa bbbb cc", []string{"aaaa", "bbbb", "cc"}}, {"aa bb cc", []string{"aa bb", "cc"}},
		{"abcdefghij", []string{"abcde", "fghij"}}, {"日本語です", []string{"日本", "語で", "す"}},
	} {
		if diff := cmp.Diff(tc.want, wrap(tc.s, 5)); diff != "" {
			t.Errorf("%q: %s", tc.s, diff)
		}
	}
}

func TestPlain(t *testing.T) {
	for s, want := range map[string]string{
		"a\nb\tc": "a b c", "\x1b[1;31mred\x1b[0m!": "red!", "\x1b]0;title\x07": "]0;title", "a\u202eb": "a b", "\x1b[": "", "日本": "日本",
	} {
		if got := plain(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// TestLiveRunCountsOn: of a run that a driver has, time goes on after the last
// event; of one that nobody drives it does not.
func TestLiveRunCountsOn(t *testing.T) {
	r := runningRun(t).run()
	last := r.Events[len(r.Events)-1]
	before := Summarize(r)
	r.Now = last.Wall.Add(90 * time.Second)
	after := Summarize(r)
	if got := after.Duration.Duration - before.Duration.Duration; got != 90*time.Second {
		t.Errorf("the run grew by %s", got)
	}
	grew := 0
	for i, s := range after.Steps {
		switch d := s.Duration.Duration - before.Steps[i].Duration.Duration; {
		case s.Status == string(engine.StatusRunning) && d == 90*time.Second:
			grew++
		case d != 0:
			t.Errorf("%s is %s and grew by %s", s.ID, s.Status, d)
		}
	}
	if grew == 0 {
		t.Error("no step is running")
	}
	r.Now = last.Wall.Add(-time.Hour) // the clock was set back
	if got := Summarize(r).Duration; got != before.Duration {
		t.Errorf("the clock went back, and the run took %s", got.Duration)
	}
	r.Live, r.Now = false, last.Wall.Add(time.Hour)
	if got := Summarize(r).Duration; got != before.Duration {
		t.Errorf("nobody drives it, and the run took %s", got.Duration)
	}
}
