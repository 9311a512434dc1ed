package drilltest

import "testing"

const plan = `steps:
  - step: One
    id: one
    command: "true"
  - step: Two
    id: two
    env:
      A: b

    command: "true"
checks:
  - step: Three
    id: three
`

func TestWithout(t *testing.T) {
	want := Plan(`steps:
  - step: One
    id: one
    command: "true"
checks:
  - step: Three
    id: three
`)
	if got := Plan(plan).Without(t, "two"); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestInstead(t *testing.T) {
	want := Plan(`steps:
  - step: Other
    id: other
  - step: Two
    id: two
    env:
      A: b

    command: "true"
checks:
  - step: Three
    id: three
`)
	if got := Plan(plan).Instead(t, "one", "- step: Other\n  id: other"); got != want {
		t.Errorf("got\n%s", got)
	}
}
