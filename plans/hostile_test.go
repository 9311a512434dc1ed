package plans_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
)

// Plans of megabytes that are wrong all over are still read in seconds: nothing
// grows with the square of anything.
func TestHostile(t *testing.T) {
	const head = "disaster_recovery_plan:\n  version: \"1\"\n  recovery_procedures:\n    a:\n"
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, data := range map[string]string{
		"one line of errors":     "disaster_recovery_plan: {version: '1', recovery_procedures: {a: [" + many(5_000, "{step: %d, nope: 1}, ") + "]}}",
		"unknown needs":          head + many(5_000, "      - {step: s%d, timer: 0s, needs: [zz]}\n"),
		"unknown references":     head + many(2_000, "      - {step: s%d, command: [\"${steps.zz.x}\"]}\n"),
		"equal names":            head + strings.Repeat("      - {step: same, timer: 0s}\n", 5_000),
		"a long cycle":           head + "      - {step: s, needs: [s5000], timer: 0s}\n" + many(5_001, "      - {step: s%d, timer: 0s}\n"),
		"placeholders":           head + "      - {step: s, command: \"" + many(5_000, " <p%d>") + "\"}\n",
		"literal placeholders":   head + "      - step: s\n        command: |\n" + many(5_000, "          <p%d>\n"),
		"deep groups":            head + "      - " + strings.Repeat("{parallel: [", 2_000) + strings.Repeat("]}", 2_000) + "\n",
		"deep brackets":          strings.Repeat("[", 100_000),
		"keys and keys to merge": "x-a: &a {" + many(10_000, "a%d: 1, ") + "}\n" + "x-b:\n  <<: *a\n" + many(10_000, "  b%d: 1\n"),
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := plans.Load("p.yaml", []byte(data))
			found, _ := err.(plans.Findings)
			if doc != nil {
				found = doc.Check(planstest.Registry())
			}
			if name != "equal names" && len(found) == 0 {
				t.Error("nothing was found")
			}
			inFile(t, nil, found)
		})
	}
}
