package engine

import (
	"testing"
	"time"
)

// The phases that recover, one after the other, each as long as its longest chain.
func TestExpect(t *testing.T) {
	var g Graph
	takes := map[string]Span{}
	add := func(id string, phase Phase, minutes int, needs ...string) {
		g.Nodes = append(g.Nodes, Node{ID: id, Phase: phase, Needs: needs})
		takes[id] = time.Duration(minutes) * time.Minute
	}
	add("setup", PhaseSetup, 100)
	add("loss", PhaseDisaster, 1, "setup")
	add("last", PhaseProcedure, 4, "left", "right") // before what it needs
	add("left", PhaseProcedure, 2)
	add("middle", PhaseProcedure, 0, "left") // takes no time
	add("right", PhaseProcedure, 3, "middle")
	add("alone", PhaseProcedure, 8)
	add("check", PhaseChecks, 5, "loss")
	add("cleanup", PhaseCleanup, 100)
	e := Expect(g, takes)
	if got, want := e.Recovery(g), 15*time.Minute; got != want { // 1, then 2+0+3+4, then 5
		t.Errorf("the recovery takes %s, want %s", got, want)
	}
	if got, want := e["last"], (Interval{Start: 106 * time.Minute, End: 110 * time.Minute}); got != want {
		t.Errorf("last is under way %v, want %v", got, want)
	}
	if got, want := e["cleanup"].Start, 115*time.Minute; got != want {
		t.Errorf("cleanup begins at %s, want %s", got, want)
	}
}
