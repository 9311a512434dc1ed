package predict

import (
	"fmt"
	"sort"
	"strings"

	"github.com/drplan/drplan/report"
)

// rto judges the samples; t.rto is sorted.
func (m *model) rto(t *tally) RTO {
	known, none := m.count()
	target := m.header.Objective.RTO
	r := RTO{Bound: none > 0, Spread: true, Unended: 1 - float64(len(t.rto))/float64(t.samples), recovered: t.rto}
	if target > 0 {
		r.Target = report.Seconds{Duration: target, Known: true}
	}
	for _, n := range m.header.Graph.Nodes {
		r.Spread = r.Spread && (!n.Phase.Recovers() || m.steps[n.ID].firm())
	}
	if known == 0 {
		why := "nobody knows how long any step of the recovery takes: no earlier run tells it, nor does the plan"
		r.Reason, r.Spread = &why, false
		return r
	}
	r.P50 = quantile(t.rto, t.samples, 0.5)
	few, spread := m.few(), m.bare() == 0 // of what is known at all
	if spread {
		r.P90 = quantile(t.rto, t.samples, 0.9)
	}
	if spread && few == 0 {
		r.P99 = quantile(t.rto, t.samples, 0.99)
	}
	if spread && target > 0 {
		met := sort.Search(len(t.rto), func(i int) bool { return t.rto[i] > target })
		chance := float64(met) / float64(t.samples)
		r.Chance = &chance
	}
	if why := m.caveats(r, none, few); why != "" {
		r.Reason = &why
	}
	return r
}

// count counts the recovery's steps of which something is known, and the others.
func (m *model) count() (known, none int) {
	for _, n := range m.header.Graph.Nodes {
		switch {
		case !n.Phase.Recovers():
		case m.steps[n.ID].source == SourceNone:
			none++
		default:
			known++
		}
	}
	return known, none
}

// caveats is what to know of the figures.
func (m *model) caveats(r RTO, none, few int) string {
	var out []string
	if none > 0 {
		out = append(out, "a lower bound: of "+some(none, "nobody knows how long it takes", "nobody knows how long they take"))
	}
	if n := m.bare(); n > 0 {
		out = append(out, fmt.Sprintf("earlier runs (%d are the least) do not tell how much the time of %s varies, and so there is neither a P90 nor a chance", leastRuns, some(n, "", "")))
	}
	if few > 0 {
		out = append(out, fmt.Sprintf("no P99: it takes %d runs of a step to say it, and there are %d", tailRuns, few))
	}
	if r.Unended > 0 {
		out = append(out, fmt.Sprintf("in %s of the samples a step runs into its time limit", percent(r.Unended)))
	}
	return strings.Join(out, "; ")
}

// few is the least number of runs that tell of the spread of a step's time, where
// that is too few for a P99; else 0.
func (m *model) few() int {
	least := tailRuns
	for _, node := range m.header.Graph.Nodes {
		s := m.steps[node.ID]
		if n := len(s.ran); node.Phase.Recovers() && s.source == SourceHistory && n >= leastRuns {
			least = min(least, n)
		}
	}
	if least == tailRuns {
		return 0
	}
	return least
}

// bare counts the steps with a time and without a spread.
func (m *model) bare() (n int) {
	for _, node := range m.header.Graph.Nodes {
		if s := m.steps[node.ID]; node.Phase.Recovers() && s.source != SourceNone && !s.firm() {
			n++
		}
	}
	return n
}

func some(n int, one, more string) string {
	if n == 1 {
		return strings.TrimSpace("one step " + one)
	}
	return strings.TrimSpace(fmt.Sprintf("%d steps %s", n, more))
}

// percent writes a share, never 100 % for what is less, nor 0 % for what is more.
func percent(share float64) string {
	switch {
	case share > 0 && share < 0.001:
		return "less than 0.1 %"
	case share < 1 && share > 0.999:
		return "more than 99.9 %"
	case share > 0.99 && share < 1, share < 0.1 && share > 0:
		return fmt.Sprintf("%.1f %%", 100*share)
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}
