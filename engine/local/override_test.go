package local

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
)

func TestUnused(t *testing.T) {
	note := lateOverride(engine.Check{Node: "late", Name: "disk_space", Override: "why", Message: "full"})
	events := []engine.Event{
		{Kind: engine.PreflightDone, Checks: []engine.Check{
			{Node: "fetch", Name: "tools", Override: "why"}, {Node: "each", Name: "reach", Override: "why"}, {Node: "good", Name: "port", OK: true},
		}},
		{Kind: engine.Noted, Node: note.Node, Reason: note.Reason},
		{Kind: engine.Noted, Node: "x", Reason: "the check of the tyres was forgotten"},
	}
	over := map[string]string{}
	for _, o := range []string{"tools", "fetch.tools", "each[a.b].reach", "late.disk_space", "disk_space"} {
		over[o] = "why"
	}
	if got := Unused(over, events); len(got) > 0 {
		t.Errorf("used, but said not to be: %q", got)
	}
	over = map[string]string{"bogus": "why", "port": "why", "other.tools": "why", "of the tyres": "why", "": "why"}
	if diff := cmp.Diff([]string{"", "bogus", "of the tyres", "other.tools", "port"}, Unused(over, events)); diff != "" {
		t.Error(diff)
	}
}
