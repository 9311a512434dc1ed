package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/evidence"
	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/journal/register"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
	runstore "github.com/drplan/drplan/report/store"
)

// periodReport folds the folder of runs.
func (a *app) periodReport(args []string, o reportOptions, span period.Span, now time.Time) (*period.Report, error) {
	options := period.Options{Span: span, Now: now}
	if len(args) > 0 {
		doc, err := a.loadPlan(args[0])
		if err != nil {
			return nil, err
		}
		options.Plan = planFacts(absolute(args[0]), doc)
	}
	trust, err := trusted(o.period.keys)
	if err != nil {
		return nil, err
	}
	store, ids, err := runsOf(o.runs)
	if err == nil {
		err = mustBeThere(store)
	}
	if err != nil {
		return nil, err
	}
	// What happened is told whatever is wrong with what people wrote beside it.
	if options.Findings, err = findingsIn(store); err != nil {
		options.NoFindings = err.Error()
		fmt.Fprintf(a.err, "warning: the report goes without findings: %v\n", err)
	}
	runs := foldRuns(journalsIn(store, ids, trust), span)
	options.Source, options.Stored = store.Name(), func(run, sum string) (*period.Plan, error) { return storedPlan(store, run, sum) }
	if options.Attention, err = gone(store, ids, runs); err != nil {
		return nil, err
	}
	return runs.Report(options), nil
}

// foldRuns has the collector run less often: nearly all of what reading makes is
// garbage, and little of it at one time.
func foldRuns(journals iter.Seq[period.Journal], span period.Span) *period.Runs {
	const percent = 400
	defer debug.SetGCPercent(debug.SetGCPercent(percent))
	return period.Fold(journals, span)
}

// findingsIn are those beside the runs; a mirror has none.
func findingsIn(s runstore.Store) ([]report.Finding, error) {
	if f, ok := s.(runstore.Folder); ok {
		return readFindings(f.Name())
	}
	return nil, nil
}

// journalsIn are the runs of a store.
func journalsIn(s runstore.Store, ids []string, trust []keys.Public) iter.Seq[period.Journal] {
	return func(yield func(period.Journal) bool) {
		for _, id := range ids {
			if !yield(period.Journal{ID: id, Read: func() (period.Read, error) { return readForPeriod(s, id, trust) }}) {
				return
			}
		}
	}
}

func readForPeriod(s runstore.Store, id string, trust []keys.Public) (out period.Read, err error) {
	out.Run, err = s.Read(context.Background(), id)
	if errors.Is(err, runstore.ErrGone) {
		return out, errors.New("its journal is gone: it was deleted, or never copied here")
	}
	if err != nil {
		return out, err
	}
	out.Sign = func() (period.Signature, error) { return signatureOf(subjectIn(s, id), trust) }
	return out, nil
}

// signatureOf judges a run's checkpoints; one that has none is not read again.
func signatureOf(of subject, trust []keys.Public) (period.Signature, error) {
	if of.mirror == nil && len(evidence.CheckpointsIn(of.dir)) == 0 {
		return period.Signature{State: period.Unsigned}, nil
	}
	m, err := of.open(context.Background())
	if err != nil {
		return period.Signature{}, err
	}
	defer m.Close()
	if m.bad != nil {
		return period.Signature{State: period.Broken, Text: m.bad.String()}, nil
	}
	r, err := m.Verify(trust)
	if err != nil {
		return period.Signature{}, err
	}
	out := period.Signature{State: period.Unsigned, Text: r.Finding.String()}
	switch s := r.Signed(); {
	case r.Verdict == evidence.Broken:
		out.State = period.Broken
	case s == nil: // up to some record, not to the last one
	case r.Verdict == evidence.Verified:
		out = period.Signature{State: period.Verified, By: s.By}
	default:
		out.State, out.By = period.Signed, s.By
	}
	return out, nil
}

// gone are the runs that the register knows and the folder has not got, and what else
// the two do not agree on.
func gone(s runstore.Store, ids []string, runs *period.Runs) ([]period.Attention, error) {
	gaps, err := periodGaps(s, ids, runs)
	var out []period.Attention
	for _, g := range gaps {
		kind, text := period.KindBroken, g.Text
		if g.Missing {
			kind = period.KindMissing
		}
		if g.Account != nil {
			text += "; " + g.Account.Says()
		}
		out = append(out, period.Attention{Kind: kind, Run: g.Run, At: report.Instant{Time: g.At.UTC()}, Text: text})
	}
	return out, err
}

// periodGaps is gapsIn with the places that were read already.
func periodGaps(s runstore.Store, ids []string, runs *period.Runs) ([]register.Gap, error) {
	f, ok := s.(runstore.Folder)
	if !ok {
		return gapsIn(s, ids, false)
	}
	places := map[string]*engine.Registration{}
	for _, p := range runs.Places() {
		places[p.Run] = p.Start
	}
	there := make([]register.Run, len(ids))
	for i, id := range ids {
		there[i] = register.Run{ID: id, Place: placeOf(places[id]), Fetched: exists(filepath.Join(f.Dir(id), fetchedName))}
	}
	return register.Check(f.Name(), there, false)
}

// storedPlan reads the plan that a run has in its folder.
func storedPlan(s runstore.Store, run, sum string) (*period.Plan, error) {
	for _, name := range []string{"plan.yaml", "plan-" + period.Short(sum) + ".yaml"} {
		data, err := s.File(context.Background(), run, name)
		if err != nil {
			continue
		}
		doc, err := plans.Load(name, data)
		if doc == nil {
			return nil, err
		}
		if doc.SHA256 == sum {
			return planFacts(name, doc), nil
		}
	}
	return nil, fmt.Errorf("%s has no plan with the SHA-256 that its journal names: it was changed or removed", run)
}

// planFacts are what a report over many runs needs to know of a plan.
func planFacts(path string, doc *plans.Document) *period.Plan {
	p, t := &period.Plan{Path: path, Version: doc.Plan.Version.Value, SHA256: doc.SHA256}, doc.Plan.Testing
	p.Frequency, p.NextTest = t.Frequency.Value, t.NextTest.Value
	for _, s := range doc.Scenarios() {
		d := period.PlannedDrill{ID: s.ID, Name: s.Name, Procedure: s.Procedure}
		if s.Procedure == "" {
			d.CannotRun = "it cannot run: the plan has no procedure for it"
		}
		p.Drills = append(p.Drills, d)
	}
	for _, proc := range doc.Procedures() {
		p.Procedures = append(p.Procedures, period.Procedure{Name: proc.Name, Tier: proc.Objective})
	}
	for _, row := range doc.Plan.Targets {
		p.Tiers = append(p.Tiers, period.Tier{Name: row.Key.Value, RTO: row.Value.RTO.Value, RPO: row.Value.RPO.Value})
	}
	return p
}
