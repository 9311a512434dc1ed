package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/plans"
)

// newOf lints nothing: it tells which findings of the rule "r" are new, each about a
// line that has the word sleep.
func newOf(t *testing.T, was, now string) (fresh []bool, mended int) {
	t.Helper()
	read := func(text string) *linted {
		plan := "disaster_recovery_plan:\n  version: \"1\"\n  recovery_procedures:\n    p:\n" + text
		doc, err := plans.Load("p.yaml", []byte(plan))
		if err != nil {
			t.Fatal(err)
		}
		out := &linted{checked: checked{path: "p.yaml", doc: doc}}
		for i, line := range strings.Split(plan, "\n") {
			if strings.Contains(line, "sleep") {
				out.findings = append(out.findings, plans.Finding{Line: i + 1, Rule: "r", Message: "it sleeps", Source: line})
			}
		}
		return out
	}
	return matched(read(now), read(was))
}

func inSteps(items ...string) string {
	var b strings.Builder
	for _, item := range items {
		name, command, _ := strings.Cut(item, ":")
		fmt.Fprintf(&b, "      - step: %s\n        command: %s\n", name, command)
	}
	return b.String()
}

// Lines that move are not new, nor those that are written otherwise in their step; the
// same once more is one new; what is mended is counted.
func TestNewFindings(t *testing.T) {
	for name, c := range map[string]struct {
		was, now string
		fresh    []bool
		mended   int
	}{
		"the same":        {inSteps("a:sleep 1"), inSteps("a:sleep 1"), []bool{false}, 0},
		"moved":           {inSteps("a:sleep 1", "b:look"), inSteps("b:look", "a:sleep 1"), []bool{false}, 0},
		"once more":       {inSteps("a:sleep 1"), inSteps("a:sleep 1", "b:sleep 1"), []bool{false, true}, 0},
		"written anew":    {inSteps("a:sleep 1"), inSteps("z:look", "a:sleep 2"), []bool{false}, 0},
		"renamed":         {inSteps("a:sleep 1"), inSteps("z:sleep 1"), []bool{false}, 0},
		"elsewhere":       {inSteps("a:sleep 1", "b:look"), inSteps("a:look", "b:sleep 2"), []bool{true}, 1},
		"mended":          {inSteps("a:sleep 1", "b:sleep 2"), inSteps("a:sleep 1", "b:look"), []bool{false}, 1},
		"none before":     {inSteps("a:look"), inSteps("a:sleep 1"), []bool{true}, 0},
		"one of the same": {inSteps("a:sleep 1", "b:sleep 1"), inSteps("a:sleep 1", "b:look"), []bool{false}, 1},
	} {
		fresh, mended := newOf(t, c.was, c.now)
		if !slices.Equal(fresh, c.fresh) || mended != c.mended {
			t.Errorf("%s: new %v, %d mended; want %v, %d", name, fresh, mended, c.fresh, c.mended)
		}
	}
}
