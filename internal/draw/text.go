package draw

import (
	"fmt"
	"io"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Tree writes phases and steps, each with its expected time and what it needs. A
// star marks those that decide how long the recovery takes.
func (p *Picture) Tree(w io.Writer) error {
	var b strings.Builder
	p.phases(func(phase engine.Phase, nodes []*engine.Node) {
		fmt.Fprintf(&b, "%s\n", phase)
		for i, n := range nodes {
			branch := "├─"
			if i == len(nodes)-1 {
				branch = "└─"
			}
			p.treeLine(&b, branch, n)
		}
	})
	if p.Planned() > 0 {
		fmt.Fprintf(&b, "\n%s\n", p.Sum())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Picture) treeLine(b *strings.Builder, branch string, n *engine.Node) {
	star := ""
	if p.Path[n.ID] {
		star = "*"
	}
	fmt.Fprintf(b, "%s %s%s  [%s]  %s", branch, n.ID, star, n.Type, n.Name)
	if takes := p.takes(n.ID); takes != "" {
		fmt.Fprintf(b, "  (%s)", takes)
	}
	if len(n.Needs) > 0 {
		fmt.Fprintf(b, "  ← %s", strings.Join(n.Needs, ", "))
	}
	b.WriteByte('\n')
}

// Sum is the planned time of the recovery beside its target, in a sentence.
func (p *Picture) Sum() string {
	var b strings.Builder
	if p.Runs > 0 {
		fmt.Fprintf(&b, "expected: %s", report.Duration(p.Planned()))
	} else {
		fmt.Fprintf(&b, "planned: %s", report.Duration(p.Planned()))
	}
	if p.RTO > 0 {
		fmt.Fprintf(&b, " of an RTO of %s", report.Duration(p.RTO))
	}
	if p.Runs > 0 {
		fmt.Fprintf(&b, "; each step as in the middle of %d earlier runs", p.Runs)
	}
	switch n := p.Unknown(); {
	case n == 1:
		b.WriteString("; of one step nobody says how long it takes")
	case n > 1:
		fmt.Fprintf(&b, "; of %d steps nobody says how long they take", n)
	}
	return b.String()
}
