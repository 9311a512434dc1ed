package lint

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/expr"
)

// usage is who reads what in a plan.
type usage struct {
	steps  map[string]bool // ids that expressions read
	needs  map[string]bool // ids that a needs names
	params map[string]bool // of one section: names that expressions read
}

// usageOf gathers what the steps of some sections read.
func usageOf(sections ...*plans.Section) usage {
	u := usage{steps: map[string]bool{}, needs: map[string]bool{}, params: map[string]bool{}}
	for _, sec := range sections {
		for _, st := range sec.Steps {
			u.visit(st.Node)
		}
		for _, list := range listsOf(sec) {
			u.named(list)
		}
	}
	return u
}

func (u *usage) visit(n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && expr.HasExpr(n.Value) {
		refs, err := expr.References(n.Value)
		if err == nil {
			for _, id := range refs.Steps {
				u.steps[id] = true
			}
			for _, p := range refs.Params {
				u.params[p] = true
			}
		}
	}
	for _, child := range n.Content {
		u.visit(child)
	}
}

// named gathers the needs of steps and of groups.
func (u *usage) named(list plans.Steps) {
	for i := range list {
		for _, id := range list[i].Needs.IDs {
			u.needs[id.Value] = true
		}
		u.named(list[i].Parallel)
		u.named(list[i].Steps)
	}
}

// listsOf are the lists of steps of a section, a list a phase.
func listsOf(sec *plans.Section) []plans.Steps {
	if s := sec.Scenario; s != nil {
		return []plans.Steps{s.Setup, s.Disaster, s.Checks, s.Cleanup}
	}
	return []plans.Steps{sec.Procedure.Value.Steps}
}

// family is a procedure and the drills that practise it: they share ids and parameters.
func (s *Subject) family(procedure *plans.Section) []*plans.Section {
	return append([]*plans.Section{procedure}, s.Drilling(procedure)...)
}

// families lists them all, and the drills that practise nothing.
func (s *Subject) families() [][]*plans.Section {
	var out [][]*plans.Section
	for _, p := range s.Procedures {
		out = append(out, s.family(p))
	}
	for _, d := range s.Drills {
		if d.Practised == nil {
			out = append(out, []*plans.Section{d})
		}
	}
	return out
}

// outputsRead reports whether any expression reads what a step gave back.
func (s *Subject) outputsRead(st *plans.OutlineStep) bool {
	if s.read == nil {
		s.read = usageOf(s.Sections()...).steps
	}
	return s.read[st.ID]
}

// swap is the edit that makes a command step the typed one; nil where that would lose
// something: an output that is read, a key that only commands have a use for, a
// cluster that is another.
func (s *Subject) swap(c *Call, t *typedStep) []Edit {
	st := c.Step
	if _, given := c.Flag("--kubeconfig"); given {
		return nil
	}
	if !t.Safe || !c.Alone || s.outputsRead(st) || st.ForEach != nil || st.Check != nil || len(st.Env) > 0 || st.Host.Node != nil || st.InDoubt.Node != nil || st.Idempotent {
		return nil
	}
	if st.Type.Key.Value != "command" || st.Type.Value.Kind == yaml.MappingNode || t.Type != "timer" && !s.sameCluster(st, t.Context) {
		return nil
	}
	if t.Name != "" && bytes.Count(s.Doc.Bytes, []byte(t.Name)) > 1 {
		return nil // somebody asks for it by its name
	}
	lines := []string{t.YAML()}
	if t.Timeout != "" && st.Step.Timeout.Node == nil {
		lines = append(lines, "timeout: "+t.Timeout)
	}
	return s.replacePair(st, st.Type, lines...)
}

// sameCluster reports whether a typed step would go where the command's context leads.
func (s *Subject) sameCluster(st *plans.OutlineStep, context string) bool {
	if st.Cluster.Node == nil {
		return context == "" && len(s.Plan().Clusters) == 0
	}
	if st.Cluster.Value == context && strings.Contains(context, "${") {
		return true
	}
	named, ok := s.Plan().Clusters.Get(st.Cluster.Value)
	return ok && named.Context.Value == context
}
