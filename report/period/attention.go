package period

import (
	"fmt"
	"slices"
	"strings"

	"github.com/drplan/drplan/report"
)

// Attention is a run that proves less than it seems to, or nothing.
type Attention struct {
	Kind string         `json:"kind"`
	Run  string         `json:"run_id"` // empty: not of a single run
	At   report.Instant `json:"at"`     // when it began; null: nobody knows
	Text string         `json:"text"`
}

// The kinds of Attention, the gravest first.
const (
	KindMissing    = "missing"    // it was begun, and is not there
	KindUnreadable = "unreadable" // its journal is damaged, gone, or of a later version
	KindBroken     = "broken"     // its files, or those of the register, contradict each other
	KindUnclosed   = "unclosed"   // its journal has no end
	KindDegraded   = "degraded"   // it succeeded in part, which its plan accepts
	KindEstimated  = "estimated"  // simulated waits are in its times
	KindOverridden = "overridden" // a check that did not hold was overridden, or a step settled by hand
	KindUnsigned   = "unsigned"   // nobody vouches for it
)

var kinds = []string{KindMissing, KindUnreadable, KindBroken, KindUnclosed, KindDegraded, KindEstimated, KindOverridden, KindUnsigned}

// attention lists what began in the span, and what nobody knows the time of.
func (b *builder) attention(unreadable []Attention) {
	list := []Attention{}
	for _, a := range slices.Concat(b.Attention, unreadable) {
		if a.At.IsZero() {
			a.At = timeInID(a.Run)
		}
		if a.At.IsZero() || b.Span.Holds(a.At.Time) {
			list = append(list, a)
		}
	}
	unsigned, runs := 0, 0
	for _, p := range b.out.Plans {
		for _, r := range p.Runs {
			list = append(list, r.attention()...)
			runs++
			if r.Evidence.Signature.State == Unsigned {
				unsigned++
			}
		}
	}
	if unsigned > 0 { // one line: which they are stands in the index of evidence
		list = append(list, Attention{Kind: KindUnsigned, Text: fmt.Sprintf("%d of %s not signed: nobody vouches for their journals; sign with drplan runs sign, or run --sign-key", unsigned, count(runs, "run is", "runs are"))})
	}
	slices.SortStableFunc(list, func(a, b Attention) int {
		if c := slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind); c != 0 {
			return c
		}
		if c := a.At.Compare(b.At.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Run, b.Run)
	})
	b.out.Attention = list
}

// attention is what to know of a run before one trusts it.
func (r *Run) attention() []Attention {
	var list []Attention
	add := func(kind, text string) { list = append(list, Attention{kind, r.ID, r.StartedAt, text}) }
	if r.Evidence.Signature.State == Broken {
		add(KindBroken, r.Evidence.Signature.Text)
	}
	if r.Result == report.Unreadable {
		add(KindUnreadable, r.Reason)
	}
	if !r.Evidence.Closed && r.Evidence.Records > 0 {
		add(KindUnclosed, r.Evidence.Journal)
	}
	if r.Degraded {
		add(KindDegraded, "a step came to its end only in part, which the plan accepts: what no check looked at may be missing")
	}
	if r.RTO.Estimated {
		add(KindEstimated, "waits were simulated: its times hold what was planned, not what was spent")
	}
	if by := handWork(r.Know); by != "" {
		add(KindOverridden, by)
	}
	return list
}

func handWork(know []string) string {
	var list []string
	if slices.Contains(know, "overridden") {
		list = append(list, "a preflight check that did not hold was overridden")
	}
	if slices.Contains(know, "settled") {
		list = append(list, "a step was settled by a person's word")
	}
	return strings.Join(list, "; ")
}
