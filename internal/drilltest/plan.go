package drilltest

import (
	"strings"
	"testing"
)

// Plan is a plan's text. What it is asked to change must be there exactly once:
// a mutant that changes nothing would prove nothing.
type Plan string

// Swap replaces one piece of the plan.
func (p Plan) Swap(t testing.TB, old, with string) Plan {
	t.Helper()
	if n := strings.Count(string(p), old); n != 1 {
		t.Fatalf("the plan has %d times %q: the test is out of date", n, old)
	}
	return Plan(strings.Replace(string(p), old, with, 1))
}

// Without takes a step out of the plan, by its id.
func (p Plan) Without(t testing.TB, id string) Plan {
	t.Helper()
	before, _, after := p.cut(t, id)
	return Plan(before + after)
}

// Instead puts another step in the place of one. Its lines are indented as the
// step was.
func (p Plan) Instead(t testing.TB, id, step string) Plan {
	t.Helper()
	before, old, after := p.cut(t, id)
	indent := old[:len(old)-len(strings.TrimLeft(old, " "))]
	var lines strings.Builder
	for line := range strings.Lines(step) {
		lines.WriteString(indent + line)
	}
	return Plan(before + strings.TrimRight(lines.String(), "\n") + "\n" + after)
}

// cut finds the lines of a step: from its dash to the next line that is indented
// no deeper.
func (p Plan) cut(t testing.TB, id string) (before, step, after string) {
	t.Helper()
	lines := strings.SplitAfter(string(p), "\n")
	first := -1
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "- step:") {
			first = i
		}
		if strings.TrimSpace(line) == "id: "+id && first >= 0 {
			break
		}
		if i == len(lines)-1 {
			t.Fatalf("the plan has no step with id: %s on a line of its own: the test is out of date", id)
		}
	}
	depth := strings.Index(lines[first], "-")
	last := first + 1
	for last < len(lines) && (strings.TrimSpace(lines[last]) == "" || len(lines[last])-len(strings.TrimLeft(lines[last], " ")) > depth) {
		last++
	}
	return strings.Join(lines[:first], ""), strings.Join(lines[first:last], ""), strings.Join(lines[last:], "")
}
