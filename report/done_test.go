package report

import (
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
)

// A run whose procedure was refused has shown nothing; one whose recovery failed has.
func TestDone(t *testing.T) {
	refused := drill(t, time.Minute)
	refused.checks = map[engine.Phase][]engine.Check{engine.PhaseProcedure: {{Name: "program", Node: "restore", Message: "not there"}}}
	s := refused.start().at("1s").done("setup", "").done("lose", "").done("lose_more", "").done("clean", "").summary()
	if s.Result != Failed || !s.ProcedureRefused() || s.Done() {
		t.Errorf("refused: %s, %t, done %t; %v", s.Result, s.ProcedureRefused(), s.Done(), s.RootCauses)
	}
	for name, want := range map[string]bool{"drill": true, "failed": true, "refused": false, "in_doubt": false, "interrupted": false, "running": false} {
		if s := goldenRuns[name](t).summary(); s.Done() != want {
			t.Errorf("%s: done %t", name, s.Done())
		}
	}
	// checks are refused after the procedure ran: its steps have shown something
	late := drill(t, time.Minute)
	late.checks = map[engine.Phase][]engine.Check{engine.PhaseChecks: {{Name: "program", Node: "check", Message: "not there"}}}
	s = late.start().at("1s").done("setup", "").done("lose", "").done("lose_more", "").done("restore", `{"source":"x","recovery_point":"2026-08-01T09:00:00Z"}`).done("serves", "").done("after", "").done("clean", "").summary()
	if s.Result != Failed || !s.Done() {
		t.Errorf("late: %s, done %t", s.Result, s.Done())
	}
}

// A cancelled run is the newest that has ended, and takes neither the last drill's RTO
// nor its day.
func TestNewestDone(t *testing.T) {
	good := drillRun(t).summary()
	cancelled := drill(t, time.Minute).start().at("10s").in(engine.Cancel{By: "ann", Reason: "enough"}).fail("setup", "stopped").done("clean", "").summary()
	cancelled.Scenario, cancelled.Mode = good.Scenario, good.Mode
	got := Newest([]*Summary{cancelled, good})
	if len(got) != 1 || got[0].Ended != cancelled || got[0].Done != good {
		t.Fatalf("%+v", got)
	}
	later := *good
	later.StartedAt = Instant{good.StartedAt.AddDate(0, 1, 0)}
	if got = Newest([]*Summary{good, &later}); got[0].Done != &later || got[0].Ended != &later {
		t.Errorf("the order of folders decides which run is the newest: %+v", got)
	}
	if got = Newest([]*Summary{cancelled}); len(got) != 1 || got[0].Done != nil {
		t.Errorf("%+v", got)
	}
}
