package lint

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var redundantNeeds = Rule{
	ID: "redundant-needs", Severity: plans.SeverityInfo,
	Summary: "A `needs` says what goes without saying.",
	Why: "A step waits for the one above it unless its `needs` says otherwise, and for what those steps wait for. A `needs` that changes nothing makes readers look for " +
		"the reason that it stands there, and goes wrong when steps are put in another order.",
	Check: func(p *Pass) {
		for _, family := range p.families() {
			ids := map[*plans.Step]*plans.OutlineStep{}
			byID := map[string]*plans.OutlineStep{}
			for _, sec := range family {
				for _, st := range sec.Steps {
					ids[st.Step], byID[st.ID] = st, st
				}
			}
			for _, sec := range family {
				for _, list := range listsOf(sec) {
					p.redundant(list, ids)
				}
				p.implied(sec, byID)
			}
		}
	},
}

// redundant reports the steps of a list that need the one above them, and say so.
func (p *Pass) redundant(list plans.Steps, ids map[*plans.Step]*plans.OutlineStep) {
	for i := range list {
		s := &list[i]
		p.redundant(s.Steps, ids)
		for j := range s.Parallel {
			p.redundant(s.Parallel[j].Steps, ids)
		}
		if i == 0 || s.Group() || list[i-1].Group() || len(s.Needs.IDs) != 1 {
			continue
		}
		st, above := ids[s], ids[&list[i-1]]
		if st == nil || above == nil || s.Needs.IDs[0].Value != above.ID || s.Needs.IDs[0].Node == nil {
			continue
		}
		pair, ok := pairOf(st, "needs")
		if !ok {
			continue
		}
		p.ReportFix(pair.Key, p.removePair(st, pair), "leave `needs:` out", "the step needs the one above it, as it would without `needs`")
	}
}

// implied reports ids of a needs that another of its ids waits for.
func (p *Pass) implied(sec *plans.Section, byID map[string]*plans.OutlineStep) {
	for _, st := range sec.Steps {
		if len(st.Step.Needs.IDs) < 2 {
			continue
		}
		for _, id := range st.Step.Needs.IDs {
			var by []string
			for _, other := range st.Step.Needs.IDs {
				if o := byID[other.Value]; id.Node != nil && o != nil && o.ID != id.Value && !o.Always && waitsFor(o, id.Value, byID) {
					by = append(by, other.Value)
				}
			}
			if len(by) > 0 {
				p.Report(id.Node, "leave it out", "%q is needed by %s already", id.Value, strings.Join(by, " and "))
			}
		}
	}
}

// farthest bounds how many steps are looked at to tell what a need implies.
const farthest = 200

// waitsFor reports whether a step waits for another, through any number of steps that
// run only when what they need went well.
func waitsFor(st *plans.OutlineStep, id string, byID map[string]*plans.OutlineStep) bool {
	seen := map[*yaml.Node]bool{}
	queue := []*plans.OutlineStep{st}
	for len(queue) > 0 && len(seen) < farthest {
		at := queue[0]
		queue = queue[1:]
		if at == nil || seen[at.Node] || at.Always {
			continue
		}
		seen[at.Node] = true
		for _, need := range at.Needs {
			if need == id {
				return true
			}
			if len(queue) < farthest {
				queue = append(queue, byID[need])
			}
		}
	}
	return false
}
