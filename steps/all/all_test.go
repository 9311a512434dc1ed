package all

import (
	"slices"
	"testing"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/stepstest"
)

// TestEveryKindIsDescribed; how each behaves is tested in its own folder.
func TestEveryKindIsDescribed(t *testing.T) {
	registry := Registry()
	types := registry.Types()
	if len(types) < 14 {
		t.Errorf("only %d kinds: %v", len(types), types)
	}
	for _, typ := range types {
		kind, _ := registry.Lookup(typ)
		t.Run(typ, func(t *testing.T) { stepstest.Describe(t, kind) })
	}
}

// TestClustersAreAskedEarly: what a user of a cluster may not do must show before
// anything is lost.
func TestClustersAreAskedEarly(t *testing.T) {
	registry, others := Registry(), []string{"command", "verify", "canary"} // they may need one
	for _, typ := range registry.Types() {
		kind, _ := registry.Lookup(typ)
		if _, asked := kind.New().(steps.EarlyPreflighter); !asked && (kind.Cluster || slices.Contains(others, typ)) {
			t.Errorf("%s has no PreflightEarly", typ)
		}
	}
}

// TestWorldTellsOnlyWhoLooks: a kind whose attempts another machine may judge says
// what became of one.
func TestWorldTellsOnlyWhoLooks(t *testing.T) {
	registry := Registry()
	told := 0
	for _, typ := range registry.Types() {
		kind, _ := registry.Lookup(typ)
		step := kind.New()
		_, asks := step.(steps.WorldTeller)
		if !kind.WorldTells && !asks {
			continue
		}
		told++
		if _, looks := step.(steps.Reconciler); !looks {
			t.Errorf("%s: it is told to be seen from anywhere, and nobody can look", typ)
		}
	}
	if told < 8 {
		t.Errorf("only %d kinds can be judged on another machine", told)
	}
}
