package database

import (
	"strings"
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

// TestKilledHalfWay: drplan dies by SIGKILL while the base backup is fetched, while it
// is unpacked, and while PostgreSQL replays its log. The run goes on each time, and
// nothing is done twice: PostgreSQL begins a timeline whenever it ends a recovery.
func TestKilledHalfWay(t *testing.T) {
	s := newStage(t)
	d := s.drill(t)
	replaying := func(ev drilltest.Event) bool {
		return drilltest.Started("replay")(ev) && d.Until("PostgreSQL replays", func() bool { return strings.Contains(s.log(), "starting archive recovery") })
	}
	d.KillWhen(drilltest.Started("download"), drilltest.Started("unpack"), replaying)
	r := d.Resume()
	r.Succeeded(t)
	if got := s.sql(t, "SELECT timeline_id FROM pg_control_checkpoint()"); got != "2" {
		t.Errorf("the database is on timeline %s, want 2: recovered once", got)
	}
	if got := strings.Count(s.log(), "starting archive recovery"); got != 1 {
		t.Errorf("PostgreSQL began %d recoveries, want 1:\n%s", got, s.log())
	}
	if got := s.sql(t, "SELECT count(*) FROM orders"); got != "5000" {
		t.Errorf("there are %s orders, want 5000", got)
	}
	if left := append(glob(t, s.folder+"/data.before-*"), glob(t, s.folder+"/data.new*")...); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if r.RTO.Split["down"] <= 0 {
		t.Errorf("the time in which drplan was dead is not in the RTO: %+v", r.RTO)
	}
}
