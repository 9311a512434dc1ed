package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
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
	folder := runsFolder(o.runs)
	if !exists(folder) {
		return nil, cannot(fmt.Errorf("there is no folder %s", folder), "name the folder of the runs with --runs")
	}
	ids, err := listRuns(folder)
	if err != nil {
		return nil, err
	}
	if options.Findings, err = readFindings(folder); err != nil {
		return nil, err
	}
	runs := foldRuns(journalsIn(folder, ids, trust), span)
	options.Source, options.Stored = folder, func(run, sum string) (*period.Plan, error) { return storedPlan(filepath.Join(folder, run), sum) }
	if options.Attention, err = gone(folder, ids, runs); err != nil {
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

// journalsIn are the runs of a folder.
func journalsIn(folder string, ids []string, trust []keys.Public) iter.Seq[period.Journal] {
	return func(yield func(period.Journal) bool) {
		for _, id := range ids {
			dir := filepath.Join(folder, id)
			if !yield(period.Journal{ID: id, Read: func() (period.Read, error) { return readForPeriod(dir, trust) }}) {
				return
			}
		}
	}
}

func readForPeriod(dir string, trust []keys.Public) (out period.Read, err error) {
	if bereft(dir) {
		return out, errors.New("its journal is gone: it was deleted, or never copied here")
	}
	if out.Run, err = report.Read(dir); err != nil {
		return out, err
	}
	if !out.Run.Evidence.Closed {
		out.Run.Live, out.Run.Now = driven(dir), time.Now()
	}
	out.Sign = func() (period.Signature, error) { return signatureOf(dir, trust) }
	return out, nil
}

// signatureOf judges a run's checkpoints; one that has none is not read again.
func signatureOf(dir string, trust []keys.Public) (period.Signature, error) {
	if !signedRun(dir) {
		return period.Signature{State: period.Unsigned}, nil
	}
	m, closer, err := evidence.Open(dir)
	if err != nil {
		return period.Signature{}, err
	}
	defer closer.Close()
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
func gone(folder string, ids []string, runs *period.Runs) ([]period.Attention, error) {
	places := map[string]*engine.Registration{}
	for _, p := range runs.Places() {
		places[p.Run] = p.Start
	}
	there := make([]register.Run, len(ids))
	for i, id := range ids {
		there[i] = register.Run{ID: id, Place: placeOf(places[id]), Fetched: exists(filepath.Join(folder, id, fetchedName))}
	}
	gaps, err := register.Check(folder, there, false)
	var out []period.Attention
	for _, g := range gaps {
		kind := period.KindBroken
		if g.Missing {
			kind = period.KindMissing
		}
		out = append(out, period.Attention{Kind: kind, Run: g.Run, At: report.Instant{Time: g.At.UTC()}, Text: g.Text})
	}
	return out, err
}

// storedPlan reads the plan that a run has in its folder.
func storedPlan(dir, sum string) (*period.Plan, error) {
	for _, name := range []string{"plan.yaml", "plan-" + period.Short(sum) + ".yaml"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
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
	return nil, fmt.Errorf("%s has no plan with the SHA-256 that its journal names: it was changed or removed", filepath.Base(dir))
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
