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

func TestBefore(t *testing.T) {
	want := Plan(`steps:
  - step: One
    id: one
    command: "true"
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
	if got := Plan(plan).Before(t, "two", "- step: Other\n  id: other"); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestTimeout(t *testing.T) {
	const two = "- step: Two\n  id: two\n  verify:\n    timeout: 1h\n  timeout: 5 minutes  # at most\n- step: Three\n  id: three\n  timeout: 1m\n"
	const want = "- step: Two\n  id: two\n  verify:\n    timeout: 1h\n  timeout: 5s\n- step: Three\n  id: three\n  timeout: 1m\n"
	if got := Plan(two).Timeout(t, "two", "5s"); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestNoCanary(t *testing.T) {
	const written = "- step: Write\n  id: canary\n  canary: {action: write}\n- step: Check\n  id: back\n  canary: {nonce: \"${steps.canary.nonce}\"}\n"
	const want = "- step: Do nothing\n  id: canary\n  command: [\"true\"]\n- step: Check\n  id: back\n  canary: {nonce: \"00000000000000000000000000000000\"}\n"
	if got := NoCanary("canary")(t, written); got != want {
		t.Errorf("got\n%s", got)
	}
}
