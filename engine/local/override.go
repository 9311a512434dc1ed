package local

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
)

// Unused lists, in order, the overrides that changed nothing: no check of that
// name failed in these events, which a driver with the overrides has made.
func Unused(overrides map[string]string, events []engine.Event) []string {
	left := slices.Sorted(maps.Keys(overrides))
	used := func(node, check string) {
		left = slices.DeleteFunc(left, func(o string) bool { return names(o, node, check) })
	}
	for i := range events {
		e := &events[i]
		for _, c := range e.Checks {
			if c.Override != "" {
				used(c.Node, c.Name)
			}
		}
		if check, ok := overriddenLate(e); ok {
			used(e.Node, check)
		}
	}
	return left
}

// names reports whether an override names a check of a step: CHECK, STEP.CHECK
// or STEP[KEY].CHECK.
func names(override, node, check string) bool {
	step, dotted := strings.CutSuffix(override, "."+check)
	if !dotted {
		return override == check
	}
	of, _ := SplitStep(step)
	return of == node
}

const lateBegins, lateGoesOn = "the check ", " was overridden ("

// lateOverride is the note on a check that was overridden just before its step.
func lateOverride(c engine.Check) engine.Note {
	return engine.Note{Node: c.Node, Reason: fmt.Sprintf("%s%s%s%s): %s", lateBegins, c.Name, lateGoesOn, c.Override, c.Message)}
}

// overriddenLate is the check that such a note is on.
func overriddenLate(e *engine.Event) (check string, ok bool) {
	if rest, found := strings.CutPrefix(e.Reason, lateBegins); found && e.Kind == engine.Noted {
		check, _, ok = strings.Cut(rest, lateGoesOn)
	}
	return check, ok
}
