package lint

import (
	"cmp"
	"slices"
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
		if f.Severity != Off && l.wants(f.Rule) {
			out = append(out, Found{Finding: f})
		}
	}
	secrets := secretsIn(doc.Root)
	if doc.LoadErr() == nil {
		s := &Subject{Doc: doc, Outline: doc.Outline(l.Registry), Now: l.Now, History: history, secrets: secrets}
		out = append(out, l.judge(s, cfg)...)
	}
	out = l.suppress(doc, cfg, history != nil, sorted(out))
	mask(doc, out, secrets)
	return out
}

// judge runs the rules.
func (l Linter) judge(s *Subject, cfg *Config) (out []Found) {
	for _, g := range Groups {
		for _, r := range g.Rules {
			severity := cfg.severity(r.ID, r.Severity)
			if !l.wants(r.ID) {
				continue
			}
			if severity == Off {
				if len(l.Only) == 0 {
					continue
				}
				severity = plans.SeverityInfo
			}
			p := &Pass{Subject: s, rule: r, severity: severity, options: cfg.options(r)}
			r.Check(p)
			out = append(out, p.found...)
		}
	}
	return out
}

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
