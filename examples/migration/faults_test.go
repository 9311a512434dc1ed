package migration

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// TestBucketGone: the S3 server dies while the target's Velero restores, and comes
// back. What that restore made is taken away, and another one does it.
func TestBucketGone(t *testing.T) {
	if testing.Short() {
		t.Skip("one more drill on two clusters: make test-lab runs it")
	}
	d, both := drill(t)
	before := both.inventory(t)
	cmd := d.Begin()
	back := make(chan struct{})
	go func() {
		defer close(back)
		d.Await(`"event":"attempt_started","node":"restore"`)
		labtest.Sh(t, both.source.S3.Kill)
		d.Await(`"event":"attempt_ended","node":"restore"`)
		labtest.Sh(t, both.source.S3.Start)
	}()
	r := d.Finish(cmd)
	<-back
	r.Succeeded(t)
	if got := r.Step("restore").Attempts; got < 2 {
		t.Errorf("it was restored in %d attempts, want a failed one before", got)
	}
	both.same(t, before)
}

// tooEarly shuts the source's location before the last backup is made.
var tooEarly = drilltest.Swap("velero_location: {name: \"${params.location}\", access_mode: read_only}\n            - step: No schedule",
	"velero_location: {name: \"${params.location}\", access_mode: read_only}\n            - {step: Too early, cluster: source, velero_location: {name: default, access_mode: read_only}}\n            - step: No schedule")

func TestFaultsFitPlan(t *testing.T) {
	drilltest.Edits{"read-only too early": tooEarly}.Fit(t, scenario)
}

// TestReadOnly: somebody shuts the source's location too early. The backup fails
// then, and nothing was stopped.
func TestReadOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("one more drill on two clusters: make test-lab runs it")
	}
	d, both := drill(t)
	before := both.inventory(t)
	d.Edit(tooEarly)
	r := d.Run()
	if r.Code != 1 || r.Failed()["backup"] == "" || r.Step("stop").Status != "upstream_failed" {
		t.Errorf("exit code %d, %s: %v\n%s", r.Code, r.Result, r.Failed(), r.Log)
	}
	both.same(t, before)
}
