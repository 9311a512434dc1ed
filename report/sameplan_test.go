package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
)

// Two plans with a scenario of one name are two series: the good drill of one must not
// hide that the other's failed. An edited plan, and one run from elsewhere, stay one.
func TestMetricsOfTwoPlans(t *testing.T) {
	run := func(file, sum string, month time.Month, of func(*testing.T) *player) *Summary {
		s := of(t).summary()
		s.Plan.Path, s.Plan.SHA256, s.Scenario = file, sum, "lost"
		s.StartedAt.Time = time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
		return s
	}
	runs := []*Summary{
		run("/a/dr-plan.yaml", "1", 1, drillRun), run("/a/dr-plan.yaml", "2", 2, failedRun), run("/elsewhere/dr-plan.yaml", "2", 3, failedRun),
		run("/b/dr-plan.yaml", "3", 4, drillRun),
	}
	var b bytes.Buffer
	if err := Metrics(&b, Newest(runs)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`drplan_run_success{plan="/a/dr-plan.yaml",scenario="lost",`, `drplan_run_success{plan="/b/dr-plan.yaml",scenario="lost",`} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("want one %s… in\n%s", want, &b)
		}
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "drplan_run_success{") && strings.HasSuffix(line, " 1\n") != strings.Contains(line, `"/b/`) {
			t.Errorf("not the plan's own result: %s", line)
		}
	}
}

// A path is made absolute where the run began, whoever looks at it.
func TestPlanFile(t *testing.T) {
	for path, want := range map[string]string{"p.yaml": "/d/p.yaml", "../p.yaml": "/p.yaml", "/x/./p.yaml": "/x/p.yaml"} {
		if got := PlanFile("/d", path); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if (PlanID{File: "/a"}).Shares(PlanID{File: "/b"}) {
		t.Error("unknown bytes are no bytes that two plans share")
	}
}

// Whose runs count for a plan, and in which order.
func TestOfPlan(t *testing.T) {
	a1, a2, b2, c3 := PlanID{"/a", "1", "p"}, PlanID{"/a", "2", "p"}, PlanID{"/b", "2", "p"}, PlanID{"/c", "3", "p"}
	all := []PlanID{b2, c3, a2, a1}
	same := func(p PlanID) PlanID { return p }
	for name, c := range map[string]struct{ plan, want []PlanID }{
		"its file, and over its bytes another": {[]PlanID{a1}, []PlanID{b2, a2, a1}},
		"two that it brings together":          {[]PlanID{{"/c", "1", ""}}, all},
		"none":                                 {[]PlanID{{"/d", "4", ""}}, nil},
		"an edit in a fresh checkout":          {[]PlanID{{"/d", "4", "p"}}, all},
		"another file of that checkout":        {[]PlanID{{"/d", "4", "q"}}, nil},
	} {
		if got := OfPlan(all, same, c.plan[0]); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
