package main

import (
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
)

// TestLongest: the phases that recover, one after the other, each as long as its
// longest chain.
func TestLongest(t *testing.T) {
	var g engine.Graph
	seen := map[string]local.Foresight{}
	add := func(id string, phase engine.Phase, minutes int, needs ...string) {
		g.Nodes = append(g.Nodes, engine.Node{ID: id, Phase: phase, Needs: needs})
		seen[id] = local.Foresight{Estimate: time.Duration(minutes) * time.Minute}
	}
	add("setup", engine.PhaseSetup, 100)
	add("loss", engine.PhaseDisaster, 1, "setup")
	add("last", engine.PhaseProcedure, 4, "left", "right") // before what it needs
	add("left", engine.PhaseProcedure, 2)
	add("middle", engine.PhaseProcedure, 0, "left") // no estimate
	add("right", engine.PhaseProcedure, 3, "middle")
	add("alone", engine.PhaseProcedure, 8)
	add("check", engine.PhaseChecks, 5, "loss")
	add("cleanup", engine.PhaseCleanup, 100)
	if got, want := longest(g, seen), 15*time.Minute; got != want { // 1, then 2+0+3+4, then 5
		t.Errorf("got %s, want %s", got, want)
	}
}
