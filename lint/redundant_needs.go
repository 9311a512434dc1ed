package lint

import (
	"strings"

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
	left := farthestInAll
	for _, st := range sec.Steps {
		needs := st.Step.Needs.IDs
		if len(needs) < 2 {
			continue
		}
		by := map[string][]string{}
		for _, id := range needs {
			by[id.Value] = nil
		}
		for _, other := range needs {
			if o := byID[other.Value]; o != nil && left > 0 {
				left -= eachAwaited(o, byID, func(id string) {
					if who, needed := by[id]; needed && id != o.ID && len(who) <= fewNames {
						by[id] = append(who, other.Value)
					}
				})
			}
		}
		for _, id := range needs {
			if who := by[id.Value]; id.Node != nil && len(who) > 0 {
				p.Report(id.Node, "leave it out", "%q is needed by %s already", id.Value, few(who))
			}
		}
	}
}

// fewNames are as many as anybody reads in a message.
const fewNames = 3

func few(names []string) string {
	if len(names) > fewNames {
		return strings.Join(names[:fewNames], ", ") + " and others"
	}
	return listed(names)
}

// farthest bounds how many steps are looked at to tell what a need implies, and
// farthestInAll how many for all needs of a section.
const farthest, farthestInAll = 200, 400_000

// eachAwaited visits the id of every step that a step waits for, once, through any
// number of steps that run only when what they need went well. It returns how many it
// looked at.
func eachAwaited(st *plans.OutlineStep, byID map[string]*plans.OutlineStep, visit func(id string)) (n int) {
	if st.Always {
		return 1
	}
	seen := map[string]bool{st.ID: true}
	queue := []*plans.OutlineStep{st}
	for ; n < len(queue) && n < farthest; n++ {
		for _, need := range queue[n].Needs {
			if seen[need] || len(queue) > farthest {
				continue
			}
			seen[need] = true
			visit(need)
			if next := byID[need]; next != nil && !next.Always {
				queue = append(queue, next)
			}
		}
	}
	return n
}
