package all

import (
	"testing"

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
