package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/expr"
)

var unusedCluster = Rule{
	ID: "unused-cluster", Severity: plans.SeverityInfo,
	Summary: "No step uses a cluster.",
	Why: "A cluster that no step touches is not recovered by this plan, and its context may long be gone. " +
		"A cluster counts as used where a step, a parameter or a command has its name or its context, and where a parameter says which cluster is meant.",
	Check: func(p *Pass) {
		clusters := p.Plan().Clusters
		needed := slices.ContainsFunc(p.Steps(), func(st *plans.OutlineStep) bool { return st.NeedsCluster })
		if len(clusters) == 1 && needed || p.openTarget(func(st *plans.OutlineStep) plans.Text { return st.Cluster }) {
			return
		}
		for _, c := range clusters {
			if !p.mentioned(c.Key.Value, c.Value.Context.Value) {
				p.Report(c.Key.Node, "name it in a step's `cluster:`, or take it away", "no step uses the cluster %q", c.Key.Value)
			}
		}
	},
}

var unusedHost = Rule{
	ID: "unused-host", Severity: plans.SeverityInfo,
	Summary: "No step uses a host.",
	Why: "A host that no step touches is not recovered by this plan, and may long be gone. " +
		"A host counts as used where a step, a parameter or a command has its name or its address, and where a parameter says which host is meant.",
	Check: func(p *Pass) {
		if p.openTarget(func(st *plans.OutlineStep) plans.Text { return st.Host }) {
			return
		}
		for _, h := range p.Plan().Hosts {
			if !p.mentioned(h.Key.Value, h.Value.Address.Value) {
				p.Report(h.Key.Node, "name it in a step's `host:`, or take it away", "no step uses the host %q", h.Key.Value)
			}
		}
	},
}

// openTarget reports whether a step's target is an expression: any of them may be
// given by --param.
func (s *Subject) openTarget(of func(*plans.OutlineStep) plans.Text) bool {
	return slices.ContainsFunc(s.Steps(), func(st *plans.OutlineStep) bool { return expr.HasExpr(of(st).Value) })
}

// mentioned reports whether procedures or drills have one of the names in them, as
// a word of its own.
func (s *Subject) mentioned(names ...string) (found bool) {
	for _, key := range []string{"recovery_procedures", "testing"} {
		scalars(valueOf(s.Plan().Node, key), "", func(_ string, n *yaml.Node) {
			found = found || slices.ContainsFunc(names, func(name string) bool { return hasWord(n.Value, name) })
		})
	}
	return found
}

// hasWord reports whether a text has a word in it with nothing joined to it.
func hasWord(text, word string) bool {
	for at := 0; word != ""; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(word)
		if (from == 0 || !joins(text[from-1])) && (to == len(text) || !joins(text[to])) {
			return true
		}
		at = to
	}
	return false
}

func joins(c byte) bool {
	return c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
