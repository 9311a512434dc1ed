package plans

import (
	"slices"

	"github.com/drplan/drplan/engine"
)

// Recovery lays a run of the section out in time, each step as long as takes says:
// how long that is on the clock of its RTO, and the steps that decide it, first to
// last, without those that take no time. Steps that are named and not there, or wait
// for each other, are passed over.
func (s *Section) Recovery(takes func(*OutlineStep) engine.Span) (total engine.Span, path []*OutlineStep) {
	all := s.Whole()
	g := engine.Graph{Nodes: make([]engine.Node, len(all))}
	spans := make(map[string]engine.Span, len(all))
	for i, st := range all {
		g.Nodes[i] = engine.Node{ID: st.ID, Phase: st.Phase, Needs: st.Needs}
		if t := takes(st); t > 0 {
			spans[st.ID] = t
		}
	}
	at := engine.Expect(g, spans)
	return at.Recovery(g), deciding(all, at)
}

// deciding lists, from the step that ends last back to the first, those that each
// began when the one before it had ended. Where several ended then, one is as good
// as another: the time counts.
func deciding(all []*OutlineStep, at engine.Expectation) (path []*OutlineStep) {
	ending := map[engine.Time]*OutlineStep{}
	last := engine.Time(-1)
	for _, st := range all {
		if i := at[st.ID]; st.Phase.Recovers() && i.End > i.Start {
			ending[i.End] = st
			last = max(last, i.End)
		}
	}
	for st := ending[last]; st != nil; st = ending[at[st.ID].Start] {
		path = append(path, st)
	}
	slices.Reverse(path)
	return path
}
