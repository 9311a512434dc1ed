package lint

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

// Pass is one rule looking at one plan.
type Pass struct {
	*Subject
	rule     *Rule
	severity string
	options  map[string]any
	found    []Found
}

// Found is a finding, with the edits that would mend it.
type Found struct {
	plans.Finding
	Fix []Edit
}

// Report says what is wrong with a node, and in the hint what to do about it. The
// message must not depend on which of several drills led to the node: a node that
// an alias shares is reported once.
func (p *Pass) Report(at *yaml.Node, hint, format string, args ...any) {
	p.add(p.Doc.Finding(at, p.rule.ID, p.severity, fmt.Sprintf(format, args...), hint), nil)
}

// ReportCall says what is wrong with a command, underlining its words from first to
// last where their place in the file is known.
func (p *Pass) ReportCall(c *Call, hint, format string, args ...any) {
	p.add(p.callFinding(c, hint, fmt.Sprintf(format, args...)), nil)
}

// ReportFix is Report with edits that mend it, and change nothing else.
func (p *Pass) ReportFix(at *yaml.Node, fix []Edit, hint, format string, args ...any) {
	p.add(p.Doc.Finding(at, p.rule.ID, p.severity, fmt.Sprintf(format, args...), hint), fix)
}

func (p *Pass) callFinding(c *Call, hint, message string) plans.Finding {
	if c.node != nil {
		return p.Doc.FindingInside(c.node, c.from, c.to, p.rule.ID, p.severity, message, hint)
	}
	if c.Field != nil {
		return p.Doc.Finding(c.Field.Node, p.rule.ID, p.severity, message, hint)
	}
	return p.Doc.Finding(c.Step.Type.Value, p.rule.ID, p.severity, message, hint)
}

func (p *Pass) add(f plans.Finding, fix []Edit) { p.found = append(p.found, Found{f, fix}) }

// Text, Texts and Span are the value of one of the rule's options.
func (p *Pass) Text(option string) string        { return p.options[option].(string) }
func (p *Pass) Texts(option string) []string     { return p.options[option].([]string) }
func (p *Pass) Span(option string) time.Duration { return p.options[option].(time.Duration) }
