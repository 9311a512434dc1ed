package browser

import (
	_ "embed" // axe
	"fmt"
)

//go:embed axe/axe.min.js
var axe string

// Violation is a rule of accessibility that a page breaks.
type Violation struct {
	ID, Impact, Help string // impact: minor, moderate, serious, critical
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

func (v Violation) String() string {
	text := fmt.Sprintf("%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes[:min(len(v.Nodes), 3)] {
		text += fmt.Sprintf("\n    %.200s: %s", n.HTML, n.FailureSummary)
	}
	return text
}

// Accessibility lists what axe-core finds in the page, and how many of its rules
// had something to look at.
func (p *Page) Accessibility() (rules int, found []Violation) {
	p.b.t.Helper()
	var r struct {
		Rules int
		Found []Violation
	}
	p.Run(axe+"; 0", nil)
	p.Run("axe.run(document).then(r => ({rules: r.passes.length + r.violations.length, found: r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, "+
		"nodes: v.nodes.map(n => ({html: n.html, failureSummary: n.failureSummary}))}))}))", &r)
	return r.Rules, r.Found
}
