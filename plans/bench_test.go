package plans_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
)

// generated is a plan of n steps: groups of four between single steps, every
// tenth step reads what another gave back.
func generated(n int) []byte {
	var b bytes.Buffer
	b.WriteString("disaster_recovery_plan:\n  version: \"1.0\"\n  recovery_procedures:\n    big:\n")
	for i := 0; i < n; i++ {
		switch {
		case i%5 == 1:
			b.WriteString("      - parallel:\n")
			fallthrough
		case i%5 > 1:
			fmt.Fprintf(&b, "          - {step: s %d, timer: 0s}\n", i)
		case i%10 == 0 && i > 0:
			fmt.Fprintf(&b, "      - {step: s %d, command: [\"${steps.s_%d.stdout}\"]}\n", i, i-5)
		default:
			fmt.Fprintf(&b, "      - {step: s %d, command: \"true\"}\n", i)
		}
	}
	return b.Bytes()
}

var big = plans.Selection{Name: "big", Mode: engine.ModeRecovery}

func BenchmarkLoad100k(b *testing.B) {
	data := generated(100_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := plans.Load("big", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompile100k(b *testing.B) {
	doc, err := plans.Load("big", generated(100_000))
	if err != nil {
		b.Fatal(err)
	}
	reg := planstest.Registry()
	for b.Loop() {
		c, err := doc.Compile(reg, big)
		if err != nil || len(c.Graph.Nodes) != 100_000 {
			b.Fatal(err)
		}
	}
}
