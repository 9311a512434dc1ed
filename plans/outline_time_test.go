package plans_test

import (
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
)

// TestRecovery: what a section takes is the longest way through its needs, from the
// disaster to the checks; setup and cleanup are not on the clock.
func TestRecovery(t *testing.T) {
	const head = "disaster_recovery_plan:\n  version: \"1.0\"\n  recovery_procedures:\n    p:\n"
	const drill = `
  testing:
    test_scenarios:
      - name: D
        procedure: p
        setup: [{step: s, id: s, duration: 1h}]
        disaster: [{step: d, id: d, duration: 2m}]
        checks: [{step: c, id: c, duration: 3m}]
        cleanup: [{step: u, id: u, duration: 1h}]
`
	for name, c := range map[string]struct {
		plan  string
		takes time.Duration
		path  string
	}{
		"one after another":  {"      - {step: a, duration: 10m}\n      - {step: b, duration: 5m}\n", 15 * time.Minute, "a b"},
		"at one time":        {"      - parallel:\n          - {step: a, duration: 10m}\n          - {step: b, duration: 5m}\n      - {step: e, duration: 1m}\n", 11 * time.Minute, "a e"},
		"needs":              {"      - {step: a, duration: 10m}\n      - {step: b, needs: [], duration: 5m}\n      - {step: e, needs: [b], duration: 6m}\n", 11 * time.Minute, "b e"},
		"without time":       {"      - {step: a, approval: Go?}\n", 0, ""},
		"a gap":              {"      - {step: a, duration: 10m}\n      - {step: b, approval: Go?}\n      - {step: e, duration: 1m}\n", 11 * time.Minute, "a e"},
		"a circle":           {"      - {step: a, needs: [b], duration: 10m}\n      - {step: b, needs: [a], duration: 10m}\n", 20 * time.Minute, "b a"},
		"itself":             {"      - {step: a, needs: [a], duration: 10m}\n", 10 * time.Minute, "a"},
		"an unknown step":    {"      - {step: a, needs: [nobody], duration: 10m}\n", 10 * time.Minute, "a"},
		"with a drill's own": {"      - {step: a, duration: 10m}\n" + drill, 15 * time.Minute, "d a c"},
	} {
		doc, err := plans.Load("plan.yaml", []byte(head+c.plan))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		outline := doc.Outline(planstest.Registry())
		sec := outline.Procedures[0]
		if len(outline.Drills) > 0 {
			sec = outline.Drills[0]
		}
		takes, path := sec.Recovery(func(st *plans.OutlineStep) time.Duration { return st.Planned })
		var ids []string
		for _, st := range path {
			ids = append(ids, st.ID)
		}
		if got := strings.Join(ids, " "); takes != c.takes || got != c.path {
			t.Errorf("%s: %s by %q, want %s by %q", name, takes, got, c.takes, c.path)
		}
	}
}
