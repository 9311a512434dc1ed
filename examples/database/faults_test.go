package database

import (
	"testing"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// behindGate is the drill on an S3 server that can go away for it alone.
func behindGate(t *testing.T, args ...string) (*drilltest.Drill, *labtest.Gate) {
	s := newStage(t)
	gate := labtest.NewGate(t, s.s3.Endpoint)
	d := s.drill(t, args...)
	d.Env = append(d.Env, "AWS_ENDPOINT_URL="+gate.URL)
	return d, gate
}

// TestFaultsFitPlan: what the faults change in the plan is still there.
func TestFaultsFitPlan(t *testing.T) {
	gate := &labtest.Gate{File: "shut"}
	drilltest.Edits{"for a while": drilltest.Before("download", lose(gate)), "during replay": drilltest.Before("replay", lose(gate))}.Fit(t, scenario)
}

func lose(gate *labtest.Gate) string {
	return "- step: S3 answers no more\n  command: [touch, " + gate.File + "]"
}

// TestS3DownForAWhile: S3 goes away just when the base backup is to be fetched,
// and comes back. The download goes on.
func TestS3DownForAWhile(t *testing.T) {
	d, gate := behindGate(t)
	d.Edit(drilltest.Before("download", lose(gate)))
	d.During("download", gate.Open).Succeeded(t)
}

// TestS3DownDuringReplay: S3 goes away between the base backup and the log. That
// is not the end of the archive: the database does not come up without what was
// archived. Once S3 is back the same run goes on, and everything is there.
func TestS3DownDuringReplay(t *testing.T) {
	d, gate := behindGate(t, "--keep-on-failure")
	d.Edit(drilltest.Before("replay", lose(gate)))
	d.Run().FailedAt(t, "replay", "child process exited with exit code 200")
	gate.Open()
	d.Resume().Succeeded(t)
}
