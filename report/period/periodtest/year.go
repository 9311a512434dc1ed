// Package periodtest has a year of runs for tests of reports over many runs: copies
// of the recorded journals of package report, of two plans, with everything that may
// be wrong with a folder of runs.
package periodtest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/drplan/drplan/internal/manyruns"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/report/period"
)

// Now is when the reports are made: some days after the quarter.
var Now = time.Date(2027, 1, 5, 9, 0, 0, 0, time.UTC)

// Sums of the two plans.
const (
	sum   = "3f2a9c04d1b7e85560a1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3d4e5f6071"
	other = "77777c04d1b7e85560a1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3d4e5f6071"
)

// run is one of the year.
type run struct {
	recording string
	day       string
	times     float64
	change    func(manyruns.Recording) manyruns.Recording
	signed    period.Signature
}

var (
	verified = period.Signature{State: period.Verified, By: "ann@desk"}
	unsigned = period.Signature{State: period.Unsigned}
	broken   = period.Signature{State: period.Broken, Text: "plan.yaml: it was changed"}
)

// target is the etcd drill as it is with a tighter target, and with a backup that a
// schedule made.
func target(r manyruns.Recording) manyruns.Recording {
	return scheduled(r).Replace(`"rto":3600000000000`, `"rto":120000000000`).Replace(`"rpo":900000000000`, `"rpo":420000000000`)
}

func scheduled(r manyruns.Recording) manyruns.Recording {
	r = r.Replace(`,"backup_run":"20260801-100000-drill"`, "")
	for _, made := range []string{"10:00:01Z", "10:00:00.3Z"} {
		r = r.Replace(`"recovery_point":"2026-08-01T`+made, `"recovery_point":"2026-08-01T09:55:00Z`)
	}
	return r
}

func elsewhere(r manyruns.Recording) manyruns.Recording {
	return r.Replace(sum, other).Replace(`"path":"dr-plan.yaml"`, `"path":"/srv/other/dr-plan.yaml"`)
}

var year = []run{
	{"drill", "2026-01-12", 1, target, unsigned}, {"drill", "2026-02-09", 1.02, target, unsigned}, {"drill", "2026-03-16", 0.97, target, verified},
	{"failed", "2026-03-20", 1, nil, unsigned}, {"resumed", "2026-04-02", 1, nil, verified}, {"drill", "2026-04-20", 1.05, target, verified},
	{"drill", "2026-05-05", 1, elsewhere, unsigned}, {"drill", "2026-06-15", 0.99, target, verified}, {"drill", "2026-08-10", 1.1, target, verified},
	{"failed", "2026-09-01", 1, nil, verified}, {"drill", "2026-10-05", 1.3, target, verified}, {"simulated", "2026-10-12", 1, nil, verified},
	{"refused", "2026-10-13", 1, nil, verified}, {"failed", "2026-10-20", 1, nil, verified}, {"degraded", "2026-10-27", 1, nil, verified},
	{"drill", "2026-11-02", 1.45, target, verified}, {"in_doubt", "2026-11-09", 1, nil, unsigned}, {"interrupted", "2026-11-10", 1, nil, unsigned},
	{"recovery", "2026-11-17", 1, nil, verified}, {"failed", "2026-11-24", 1, nil, broken}, {"drill", "2026-12-07", 1.5, target, verified},
	{"drill", "2027-01-04", 1, target, verified},
}

// Journals are the runs of the year, and one that cannot be read. dir is where the
// recorded journals are. change is done to each, where it is not nil.
func Journals(dir string, change func(manyruns.Recording) manyruns.Recording) ([]period.Journal, error) {
	list := []period.Journal{{ID: "20261215T100000Z-etcd_failure-bad0", Read: func() (period.Read, error) {
		return period.Read{}, errors.New("line 7: the sum does not match this line and the one before it")
	}}}
	for _, r := range year {
		rec, err := manyruns.Load(dir + "/" + r.recording + ".jsonl")
		if err != nil {
			return nil, err
		}
		if r.change != nil {
			rec = r.change(rec)
		}
		if change != nil {
			rec = change(rec)
		}
		at, err := time.Parse(time.DateOnly, r.day)
		if err != nil {
			return nil, err
		}
		rec = rec.Again(strings.ReplaceAll(r.day, "-", "")+"T100000Z-"+r.recording, at.Add(10*time.Hour), r.times)
		list = append(list, period.Journal{ID: rec.ID, Read: func() (period.Read, error) {
			file, _ := rec.Journal()
			got, err := report.ReadFrom(bytes.NewReader(file), int64(len(file)), rec.ID)
			return period.Read{Run: got, Sign: func() (period.Signature, error) { return r.signed, nil }}, err
		}})
	}
	return list, nil
}

// Options ask for the last quarter of the year.
func Options() period.Options {
	span, err := period.Quarter("2026Q4")
	if err != nil {
		panic(err)
	}
	day := func(s string) report.Day { at, _ := time.Parse(time.DateOnly, s); return report.Day{Time: at} }
	return period.Options{
		Span: span, Now: Now, Source: "/var/lib/drplan/runs", Stored: Stored,
		Attention: []period.Attention{{Kind: period.KindMissing, Run: "20261126T100000Z-ns-gone", At: report.Instant{Time: time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)},
			Text: "start 21, entered 2026-11-26T10:00:00Z by ann on desk: the run is gone"}},
		Findings: []report.Finding{
			{ID: "F-1", Title: "The restore of a namespace needs a longer timeout", Run: "20261020T100000Z-failed", Step: "restore", Severity: "high", Owner: "ann", Due: day("2026-12-15"), State: "open", Created: day("2026-10-20"), Overdue: true},
			{ID: "F-2", Title: "The runbook names the old bucket", Owner: "ben", State: "closed", Created: day("2026-09-02"), Closed: day("2026-10-09"), Resolution: "plan 1.1 names the new one"},
			{ID: "F-3", Title: "Closed long ago", State: "closed", Created: day("2026-01-02"), Closed: day("2026-02-01"), Resolution: "-"},
		},
	}
}

// Stored reads the two plans; that of the second has been changed.
func Stored(run, sha string) (*period.Plan, error) {
	if sha != sum {
		return nil, fmt.Errorf("%s has no plan with the SHA-256 that its journal names: it was changed or removed", run)
	}
	return Plan(), nil
}

// Plan has drills that were done, one that never was, and one that cannot run.
func Plan() *period.Plan {
	return &period.Plan{
		Path: "dr-plan.yaml", Version: "1.0", SHA256: sum, Frequency: 91 * 24 * time.Hour, NextTest: time.Date(2026, 12, 10, 0, 0, 0, 0, time.UTC),
		Drills: []period.PlannedDrill{
			{ID: "etcd_failure", Name: "etcd failure", Procedure: "etcd_failure"}, {ID: "loss", Name: "Complete cluster loss", Procedure: "complete_cluster_loss"},
			{ID: "ns", Name: "Namespace lost", Procedure: "namespace_deletion"}, {ID: "region", Name: "Loss of a region", Procedure: "complete_cluster_loss"},
			{ID: "persistentvolume_corruption", Name: "PersistentVolume corruption", CannotRun: "it cannot run: the plan has no procedure for it"},
		},
		Procedures: []period.Procedure{{Name: "etcd_failure", Tier: "production"}, {Name: "complete_cluster_loss", Tier: "production"}, {Name: "namespace_deletion", Tier: "staging"}},
		Tiers:      []period.Tier{{Name: "production", RTO: time.Hour, RPO: 15 * time.Minute}, {Name: "staging", RTO: 4 * time.Hour}},
	}
}
