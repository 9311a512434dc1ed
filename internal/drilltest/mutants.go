package drilltest

import (
	"maps"
	"slices"
	"testing"
)

// Mutants are plans with one thing taken away, by what that is. A drill that
// could pass without restoring the right data would be worth nothing: each must
// exit 1, and in the step that is there for it.
type Mutants map[string]Mutant

// Mutant is one of them.
type Mutant struct {
	edit Edit
	step string
	says string
}

// FailsAt makes a mutant of an edit: the step that must fail, and a part of what
// it must say.
func (e Edit) FailsAt(step, says string) Mutant { return Mutant{edit: e, step: step, says: says} }

// Run runs each mutant, by name, in a drill of its own, whose plan is edited first.
func (m Mutants) Run(t *testing.T, drill func(*testing.T) *Drill, first ...Edit) {
	if testing.Short() {
		t.Skipf("%d drills: make test-lab runs them", len(m))
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		t.Run(name, func(t *testing.T) {
			d := drill(t)
			d.Edit(append(slices.Clone(first), m[name].edit)...)
			d.Run().FailedAt(t, m[name].step, m[name].says)
		})
	}
}
