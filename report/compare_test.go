package report

import (
	"strings"
	"testing"
)

// Steps that only one run has are told, and no change is made up for them.
func TestCompare(t *testing.T) {
	a, b := drillRun(t).summary(), drillRun(t).summary()
	gone := a.Steps[len(a.Steps)-1]
	b.Steps = b.Steps[:len(b.Steps)-1]
	b.Steps[0].Duration = seconds(a.Steps[0].Duration.Duration * 3)
	b.Steps[1].ID = "fresh"
	c := Compare(a, b)
	byName := map[string]Comparable{}
	for _, l := range c.Lines {
		byName[l.What] = l
	}
	if l := byName[b.Steps[0].ID]; l.Change.Duration != 2*a.Steps[0].Duration.Duration || !l.Change.Known || l.Change.Duration == 0 {
		t.Errorf("the slower step's change is %v", l.Change)
	}
	for _, only := range []string{"fresh", gone.ID, a.Steps[1].ID} {
		if l, ok := byName[only]; !ok || l.Change.Known || (l.StatusA == "") == (l.StatusB == "") {
			t.Errorf("%s, which one run has, is %+v", only, l)
		}
	}
	var text strings.Builder
	if err := c.Text(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "+") || !strings.HasPrefix(strings.Split(text.String(), "\n")[1], "RTO") {
		t.Errorf("got\n%s", text.String())
	}
}

// A difference of a measured RTO and an estimate is no more than one.
func TestCompareWithAnEstimate(t *testing.T) {
	var text strings.Builder
	c := Compare(drillRun(t).summary(), goldenRuns["simulated"](t).summary())
	if err := c.Text(&text); err != nil {
		t.Fatal(err)
	}
	rto := strings.Split(text.String(), "\n")[1]
	if strings.Count(rto, "≈ ") != 2 || !c.Lines[0].NotMeasuredB || c.Lines[0].NotMeasuredA || !strings.Contains(text.String(), "an estimate: simulated") {
		t.Errorf("got\n%s", text.String())
	}
}
