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

// Accessibility lists what axe-core finds in the page.
func (p *Page) Accessibility() (found []Violation) {
	p.b.t.Helper()
	p.Run(axe+"; 0", nil)
	p.Run("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, "+
		"nodes: v.nodes.map(n => ({html: n.html, failureSummary: n.failureSummary}))})))", &found)
	return found
}
