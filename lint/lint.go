package lint

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// Linter looks at plans. Its zero value has no registry and is of no use.
type Linter struct {
	Registry *steps.Registry
	Now      time.Time // what dates are held to; the zero time: rules about today say nothing
	Only     []string  // ids of the rules that are asked for, of a severity Off too; empty: all
}

// Lint returns what Check and the rules find, sorted by place, without what the
// document suppresses. A node is reported once by a rule. A document that does not
// load has Load's findings alone: what could not be read cannot be judged.
func (l Linter) Lint(doc *plans.Document, cfg *Config, history History) []Found {
	var out []Found
	for _, f := range doc.Check(l.Registry) {
		if f.Severity != plans.SeverityError { // a run would refuse it, whatever a configuration says
			f.Severity = cfg.severity(f.Rule, f.Severity)
		}
		if l.looks(f.Rule, f.Severity) {
			out = append(out, Found{Finding: f})
		}
	}
	s := &Subject{Doc: doc, Now: l.Now, History: history, secrets: secretsIn(doc.Root), ignores: suppressions(doc.Bytes, doc.Root)}
	if doc.LoadErr() == nil {
		s.Outline = doc.Outline(l.Registry)
		for _, r := range others() {
			out = append(out, l.judge(s, cfg, r)...)
		}
	}
	out = s.suppressed(sorted(out))
	for _, r := range ignores() { // each looks at what the suppressions before it were good for
		out = append(out, s.suppressed(l.judge(s, cfg, r))...)
	}
	out = slices.DeleteFunc(sorted(out), func(f Found) bool { return !l.wants(f.Rule) })
	mask(doc, out, s.secrets)
	return out
}

// others and ignores are the rules that look first, and those about suppressions.
var (
	others  = sync.OnceValue(func() []*Rule { return about(false) })
	ignores = sync.OnceValue(func() []*Rule { return about(true) })
)

// about lists the rules about suppressions, or all the others.
func about(ignores bool) (out []*Rule) {
	for _, g := range Groups {
		for _, r := range g.Rules {
			if r.Ignores == ignores {
				out = append(out, r)
			}
		}
	}
	return out
}

// judge is what one rule finds.
func (l Linter) judge(s *Subject, cfg *Config, r *Rule) []Found {
	severity := cfg.severity(r.ID, r.Severity)
	if !l.looks(r.ID, severity) {
		return nil
	}
	if severity == Off {
		severity = plans.SeverityInfo
	}
	p := &Pass{Subject: s, rule: r, severity: severity, options: cfg.options(r)}
	r.Check(p)
	return p.found
}

// looks reports whether a rule is to look: it is asked for, or it is not off. To tell
// what nothing is left to suppress of, all must.
func (l Linter) looks(rule, severity string) bool {
	if len(l.Only) == 0 || slices.Contains(l.Only, unusedIgnoreID) && !slices.Contains(l.Only, rule) {
		return severity != Off
	}
	return slices.Contains(l.Only, rule)
}

// wants reports whether what a rule finds is asked for.
func (l Linter) wants(rule string) bool { return len(l.Only) == 0 || slices.Contains(l.Only, rule) }

// sorted orders by place, and keeps the first of what a rule says of one place.
func sorted(found []Found) []Found {
	slices.SortStableFunc(found, func(a, b Found) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(found, func(a, b Found) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Rule == b.Rule
	})
}
