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

// SwapAll replaces a word wherever the plan has it, such as a context's name.
func (p Plan) SwapAll(t testing.TB, old, with string) Plan {
	t.Helper()
	if !strings.Contains(string(p), old) {
		t.Fatalf("the plan has no %q: the test is out of date", old)
	}
	return Plan(strings.ReplaceAll(string(p), old, with))
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
	return Plan(before + indented(step, depth(old)) + after)
}

// Before puts another step before one, indented as that is.
func (p Plan) Before(t testing.TB, id, step string) Plan {
	t.Helper()
	before, old, after := p.cut(t, id)
	return Plan(before + indented(step, depth(old)) + old + after)
}

// Timeout changes the deadline of a step that has one.
func (p Plan) Timeout(t testing.TB, id, timeout string) Plan {
	t.Helper()
	before, step, after := p.cut(t, id)
	key := "\n" + strings.Repeat(" ", depth(step)+2) + "timeout: "
	head, rest, found := strings.Cut(step, key)
	if !found {
		t.Fatalf("the step %s has no timeout of its own: the test is out of date", id)
	}
	_, rest, _ = strings.Cut(rest, "\n")
	return Plan(before + head + key + timeout + "\n" + rest + after)
}

// cut finds the lines of a step: from its dash to the next line that is indented
// no deeper.
func (p Plan) cut(t testing.TB, id string) (before, step, after string) {
	t.Helper()
	lines := strings.SplitAfter(string(p), "\n")
	first := firstLine(lines, id)
	if first < 0 {
		t.Fatalf("the plan has no step with id: %s on a line of its own: the test is out of date", id)
	}
	last := first + 1
	for last < len(lines) && (strings.TrimSpace(lines[last]) == "" || depth(lines[last]) > depth(lines[first])) {
		last++
	}
	return strings.Join(lines[:first], ""), strings.Join(lines[first:last], ""), strings.Join(lines[last:], "")
}

// firstLine is the line with a step's dash, -1 if there is no such step.
func firstLine(lines []string, id string) int {
	first := -1
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "- step:") {
			first = i
		}
		if strings.TrimSpace(line) == "id: "+id {
			return first
		}
	}
	return -1
}

// depth is by how many spaces a text's first line is indented.
func depth(text string) int { return len(text) - len(strings.TrimLeft(text, " ")) }

func indented(step string, by int) string {
	var lines strings.Builder
	for line := range strings.Lines(strings.TrimRight(step, "\n")) {
		lines.WriteString(strings.Repeat(" ", by) + line)
	}
	return lines.String() + "\n"
}
