package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/drplan/drplan/evidence/keys"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
)

// chosenReport folds the runs that people named.
func (a *app) chosenReport(o reportOptions, names []string, now time.Time) (*period.Report, error) {
	trust, err := trusted(o.period.keys)
	if err != nil {
		return nil, err
	}
	runs, err := findRuns(o.runs, names)
	if err != nil {
		return nil, err
	}
	var began []time.Time
	options := period.Options{Now: now, Chosen: true, Source: sourceOf(runs)}
	for _, r := range runs {
		began = append(began, r.Header.Started)
		found, err := r.findings()
		if err != nil && options.NoFindings == "" {
			options.NoFindings = err.Error()
			fmt.Fprintf(a.err, "warning: the report goes without findings: %v\n", err)
		}
		options.Findings = append(options.Findings, found...)
	}
	options.Span = period.Chosen(began)
	journals := func(yield func(period.Journal) bool) {
		for _, r := range runs {
			if !yield(r.journal(trust)) {
				return
			}
		}
	}
	return foldRuns(journals, options.Span).Report(options), nil
}

// findRuns finds each run once, however often it is named.
func findRuns(folder string, names []string) (runs []*run, err error) {
	for _, name := range names {
		r, err := findRun(folder, name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(runs, func(o *run) bool { return o.id == r.id }) {
			runs = append(runs, r)
		}
	}
	return runs, nil
}

// journal is the run as reports over many read it.
func (r *run) journal(trust []keys.Public) period.Journal {
	return period.Journal{ID: r.id, Read: func() (period.Read, error) {
		return period.Read{Run: r.Run, Sign: func() (period.Signature, error) { return signatureOf(r.subject(), trust) }}, nil
	}}
}

// subject is the run as one that is to be verified.
func (r *run) subject() subject {
	if r.dir != "" {
		return subject{dir: r.dir}
	}
	return subjectIn(r.store, r.id)
}

// findings are those that were filed about the run; a mirror has none.
func (r *run) findings() ([]report.Finding, error) {
	if r.dir == "" {
		return nil, nil
	}
	return findingsOf(filepath.Dir(absolute(r.dir)), r.id)
}

// sourceOf says where runs lie.
func sourceOf(runs []*run) string {
	if r := runs[0]; r.dir == "" {
		return r.store.Name()
	}
	return filepath.Dir(absolute(runs[0].dir))
}
