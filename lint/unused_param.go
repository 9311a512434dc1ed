package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var unusedParam = Rule{
	ID: "unused-param", Severity: plans.SeverityWarning,
	Summary: "A parameter that nothing reads.",
	Why: "On the day somebody gives `--param namespace=shop`, and the procedure restores what is written in it all the same. A parameter counts as read where an " +
		"expression of the procedure or of one of its drills has `${params.NAME}`, where a script has `$DRPLAN_PARAM_NAME`, and where a step runs a program that is given by " +
		"its path, for such a program may read the environment.",
	Check: func(p *Pass) {
		for _, proc := range p.Procedures {
			if len(proc.Procedure.Value.Params) > 0 {
				p.unusedParams(proc)
			}
		}
	},
}

func (p *Pass) unusedParams(proc *plans.Section) {
	family := p.family(proc)
	read := usageOf(family...).params
	for _, sec := range family {
		if slices.ContainsFunc(sec.Steps, p.ownProgram) {
			return
		}
	}
	for _, param := range proc.Procedure.Value.Params {
		name := param.Key.Value
		variable := "DRPLAN_PARAM_" + strings.ToUpper(name)
		if read[name] || slices.ContainsFunc(family, func(sec *plans.Section) bool { return mentions(sec, variable) }) {
			continue
		}
		p.Report(param.Key.Node, "take it away, or read it: `${params."+name+"}`, in a script `$"+variable+"`", "nothing reads the parameter %q", name)
	}
}

// ownProgram reports whether a step runs a program that is nobody's but the plan's
// author's.
func (s *Subject) ownProgram(st *plans.OutlineStep) bool {
	return slices.ContainsFunc(slices.Concat(s.CallsOf(st), s.FieldCallsOf(st)), func(c *Call) bool {
		return c.Unknown() || c.Dir != "" && !strings.HasPrefix(c.Dir, "/usr/") && !strings.HasPrefix(c.Dir, "/bin") && !strings.HasPrefix(c.Dir, "/sbin") ||
			strings.HasSuffix(c.Name, ".sh") || strings.HasSuffix(c.Name, ".py") || slices.ContainsFunc(c.Words(), func(w string) bool { return strings.HasSuffix(w, ".sh") || strings.HasSuffix(w, ".py") })
	})
}

// mentions reports whether any text of a section's steps holds a word.
func mentions(sec *plans.Section, word string) bool {
	var visit func(n *yaml.Node) bool
	visit = func(n *yaml.Node) bool {
		return strings.Contains(n.Value, word) || slices.ContainsFunc(n.Content, visit)
	}
	return slices.ContainsFunc(sec.Steps, func(st *plans.OutlineStep) bool { return visit(st.Node) })
}
