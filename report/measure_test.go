package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
)

// told is what a report says of a measure.
type told struct {
	actual string // Duration, or "" where it was not taken
	met    string // yes, no, or "" for null
	basis  string
	reason string
}

func yesNo(met *bool) string {
	switch {
	case met == nil:
		return ""
	case *met:
		return "yes"
	}
	return "no"
}

func text0(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func known0(s Seconds) string {
	if !s.Known {
		return ""
	}
	return Duration(s.Duration)
}

func toldRTO(r RTO) told {
	return told{actual: known0(r.Actual), met: yesNo(r.Met), reason: text0(r.Reason)}
}

func toldRPO(r RPO) told {
	return told{actual: known0(r.Actual), met: yesNo(r.Met), basis: text0(r.Basis), reason: text0(r.Reason)}
}

// drill makes a drill of a lost, a restored and a verified system.
func drill(t *testing.T, target time.Duration) *player {
	return newPlayer(t, engine.Header{Scenario: "s", Objective: engine.Objective{RTO: target, RPO: target}},
		node("setup", engine.PhaseSetup),
		node("lose", engine.PhaseDisaster), node("lose_more", engine.PhaseDisaster, "lose"),
		restoring(node("restore", engine.PhaseProcedure)),
		verifying(node("serves", engine.PhaseProcedure, "restore")), node("after", engine.PhaseProcedure, "serves"),
		verifying(node("check", engine.PhaseChecks)), verifying(node("clean", engine.PhaseCleanup)))
}

// upToCheck runs drill until its check is the next to end, at 60 s.
func upToCheck(p *player, outputs string) *player {
	return p.start().at("10s").done("setup", "").at("20s").done("lose", "").at("22s").done("lose_more", "").
		at("30s").done("restore", outputs).at("40s").done("serves", "").at("55s").done("after", "").at("60s")
}

func TestRTO(t *testing.T) {
	wide := restore("db", "2026-08-01T09:50:00Z", "")
	recovery := func(t *testing.T, at time.Time, target time.Duration) *player {
		p := newPlayer(t, engine.Header{Mode: engine.ModeRecovery, Objective: engine.Objective{RTO: target}, Options: engine.Options{DisasterAt: at}},
			node("restore", engine.PhaseProcedure), verifying(node("serves", engine.PhaseProcedure, "restore")))
		return p.start().at("30s").done("restore", "").at("40s").done("serves", "")
	}
	const bound = "a lower bound: it counts from the start of the run, since --disaster-at does not say when the outage began"
	for _, tc := range []struct {
		name string
		run  func(t *testing.T) *player
		want told
	}{
		{"from the first disaster step to the last verification of procedure and checks", func(t *testing.T) *player {
			return upToCheck(drill(t, time.Minute), wide).done("check", "").at("5m").done("clean", "")
		}, told{"50.0s", "yes", "", ""}},
		{"met to the nanosecond", func(t *testing.T) *player {
			return upToCheck(drill(t, 50*time.Second), wide).done("check", "").done("clean", "")
		}, told{"50.0s", "yes", "", ""}},
		{"missed by a nanosecond", func(t *testing.T) *player {
			return upToCheck(drill(t, 50*time.Second-1), wide).done("check", "").done("clean", "")
		}, told{"50.0s", "no", "", ""}},
		{"no target", func(t *testing.T) *player {
			return upToCheck(drill(t, 0), wide).done("check", "").done("clean", "")
		}, told{"50.0s", "", "", "the plan names no target for the RTO"}},
		{"the check failed", func(t *testing.T) *player {
			return upToCheck(drill(t, time.Minute), wide).fail("check", "no").done("clean", "")
		}, told{"", "", "", "the verification check did not succeed: failed"}},
		{"only the cleanup failed", func(t *testing.T) *player {
			return upToCheck(drill(t, time.Minute), wide).done("check", "").fail("clean", "no")
		}, told{"50.0s", "yes", "", ""}},
		{"cancelled", func(t *testing.T) *player {
			return upToCheck(drill(t, time.Minute), wide).in(engine.Cancel{}).fail("check", "interrupted")
		}, told{"", "", "", "the recovery was cancelled before check had succeeded"}},
		{"still going on", func(t *testing.T) *player { return upToCheck(drill(t, time.Minute), wide) },
			told{"", "", "", "the recovery is not over: check has not ended"}},
		{"recovered, the cleanup goes on", func(t *testing.T) *player { return upToCheck(drill(t, time.Minute), wide).done("check", "") },
			told{"50.0s", "yes", "", ""}},
		{"nothing verifies", func(t *testing.T) *player {
			return newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster)).start().done("lose", "")
		}, told{"", "", "", "nothing verified that the service is back"}},
		{"every verification was skipped", func(t *testing.T) *player {
			p := newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), verifying(node("serves", engine.PhaseProcedure)))
			p.skip = map[string]bool{"serves": true}
			return p.start().done("lose", "")
		}, told{"", "", "", "nothing verified that the service is back"}},
		{"a verification that may fail did", func(t *testing.T) *player {
			v := verifying(node("serves", engine.PhaseProcedure))
			v.ContinueOnError = true
			return newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster), v, verifying(node("too", engine.PhaseChecks))).
				start().done("lose", "").fail("serves", "no").done("too", "")
		}, told{"", "", "", "the verification serves did not succeed: failed"}},
		{"no disaster", func(t *testing.T) *player {
			return newPlayer(t, engine.Header{}, verifying(node("serves", engine.PhaseProcedure))).start().done("serves", "")
		}, told{"", "", "", "the drill has no disaster, so there is nothing to recover from"}},
		{"the disaster is a wait", func(t *testing.T) *player {
			p := newPlayer(t, engine.Header{}, node("setup", engine.PhaseSetup), waiting(node("lose", engine.PhaseDisaster), engine.WaitTimer), verifying(node("serves", engine.PhaseProcedure)))
			p.waits = map[string]engine.Span{"lose": 5 * time.Second}
			return p.start().at("3s").done("setup", "").at("8s").at("9s").done("serves", "")
		}, told{"6.0s", "", "", "the plan names no target for the RTO"}},
		{"recovery since --disaster-at", func(t *testing.T) *player { return recovery(t, began.Add(-time.Minute), 2*time.Minute) },
			told{"1m40s", "yes", "", ""}},
		{"recovery since --disaster-at, missed", func(t *testing.T) *player { return recovery(t, began.Add(-time.Minute), time.Minute) },
			told{"1m40s", "no", "", ""}},
		{"--disaster-at in the future", func(t *testing.T) *player { return recovery(t, began.Add(time.Hour), time.Minute) },
			told{"", "", "", "the recovery ended before the outage is said to have begun: check --disaster-at"}},
		{"a lower bound never meets", func(t *testing.T) *player { return recovery(t, time.Time{}, time.Minute) }, told{"40.0s", "", "", bound}},
		{"a lower bound may miss", func(t *testing.T) *player { return recovery(t, time.Time{}, 30*time.Second) }, told{"40.0s", "no", "", bound}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, toldRTO(tc.run(t).summary().RTO), cmp.AllowUnexported(told{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEstimates: simulated waits are added as planned, those in a row one after
// another, those side by side at the same time; an estimate never meets.
func TestEstimates(t *testing.T) {
	run := func(t *testing.T, target time.Duration, needs ...string) RTO {
		p := newPlayer(t, engine.Header{Objective: engine.Objective{RTO: target}, Options: engine.Options{SimulateWaits: true}},
			node("lose", engine.PhaseDisaster),
			waiting(node("provision", engine.PhaseProcedure), engine.WaitDuration),
			waiting(node("install", engine.PhaseProcedure, needs...), engine.WaitDuration),
			verifying(node("serves", engine.PhaseProcedure, "provision", "install")))
		p.waits = map[string]engine.Span{"provision": 30 * time.Minute, "install": 10 * time.Minute}
		return p.start().at("2s").done("lose", "").at("5s").done("serves", "").summary().RTO
	}
	for _, tc := range []struct {
		name   string
		got    RTO
		actual time.Duration
		met    string
	}{
		{"side by side", run(t, time.Hour), 30*time.Minute + 5*time.Second, ""},
		{"in a row", run(t, time.Hour, "provision"), 40*time.Minute + 5*time.Second, ""},
		{"too long", run(t, 35*time.Minute, "provision"), 40*time.Minute + 5*time.Second, "no"},
	} {
		r := tc.got
		if r.Actual.Duration != tc.actual || yesNo(r.Met) != tc.met || !r.Estimated || r.Reason == nil {
			t.Errorf("%s: %s, met %q, estimated %t, reason %v", tc.name, known0(r.Actual), yesNo(r.Met), r.Estimated, r.Reason)
		}
		want := Split{Machine: 2 * time.Second, Verification: 3 * time.Second, People: tc.actual - 5*time.Second}
		if diff := cmp.Diff(&want, r.Split); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
}

// TestEstimateOfInstances: the instances of one step wait at the same time.
func TestEstimateOfInstances(t *testing.T) {
	wait := waiting(node("provision", engine.PhaseProcedure), engine.WaitDuration)
	wait.ForEach = true
	p := newPlayer(t, engine.Header{Options: engine.Options{SimulateWaits: true}}, node("lose", engine.PhaseDisaster), wait, verifying(node("serves", engine.PhaseProcedure, "provision")))
	p.items = map[string][]string{"provision": {"eu", "us"}}
	p.waits = map[string]engine.Span{"provision": 30 * time.Minute}
	if r := p.start().at("1s").done("lose", "").at("2s").done("serves", "").summary().RTO; r.Actual.Duration != 30*time.Minute+2*time.Second {
		t.Errorf("%s (%s)", known0(r.Actual), text0(r.Reason))
	}
}

func TestRPO(t *testing.T) {
	// Of restores the disaster begins at 10:00:10, of canary at 10:00:00, with the run.
	restores := func(outputs ...string) func(t *testing.T) *player {
		return func(t *testing.T) *player {
			p := drill(t, 15*time.Minute)
			if len(outputs) == 2 { // and a second source
				nodes := append(p.header.Graph.Nodes, restoring(node("restore2", engine.PhaseProcedure)))
				p = newPlayer(t, p.header, nodes...)
			}
			p.start().at("10s").done("setup", "").at("20s").done("lose", "").at("22s").done("lose_more", "").at("30s").done("restore", outputs[0])
			if len(outputs) == 2 {
				p.done("restore2", outputs[1])
			}
			return p.done("serves", "").done("after", "").done("check", "").done("clean", "")
		}
	}
	canary := func(backup string, canaries ...string) func(t *testing.T) *player {
		return func(t *testing.T) *player {
			nodes := []engine.Node{node("lose", engine.PhaseDisaster), restoring(node("restore", engine.PhaseProcedure)), observing(node("c0", engine.PhaseProcedure, "restore")), observing(node("c1", engine.PhaseChecks))}
			p := newPlayer(t, engine.Header{Objective: engine.Objective{RPO: 15 * time.Minute}}, nodes[:2+len(canaries)]...)
			p.start().at("10s").done("lose", "").done("restore", backup)
			for i, c := range canaries {
				p.done(nodes[2+i].ID, c)
			}
			return p
		}
	}
	recovery := func(at time.Time, point string) func(t *testing.T) *player {
		return func(t *testing.T) *player {
			p := newPlayer(t, engine.Header{Mode: engine.ModeRecovery, Objective: engine.Objective{RPO: 15 * time.Minute}, Options: engine.Options{DisasterAt: at}},
				restoring(node("restore", engine.PhaseProcedure)))
			return p.start().at("30s").done("restore", restore("db", point, "nightly"))
		}
	}
	foundAs := func(outputs string) func(t *testing.T) *player {
		return func(t *testing.T) *player {
			p := newPlayer(t, engine.Header{Objective: engine.Objective{RPO: 15 * time.Minute}},
				node("prepare", engine.PhaseSetup), node("lose", engine.PhaseDisaster), node("restore", engine.PhaseProcedure), verifying(observing(node("check", engine.PhaseChecks))))
			return p.start().at("10s").done("prepare", "").done("lose", "").done("restore", "").at("20s").done("check", outputs)
		}
	}
	found := func(point string) func(t *testing.T) *player { return foundAs(restore("db", point, "")) }
	const own = "the backup of db was made by this run: it shows that restoring works, not how old the data of a scheduled backup would be"
	const upper = "an upper bound: it counts up to the start of the run, since --disaster-at does not say when the outage began"
	for _, tc := range []struct {
		name string
		run  func(t *testing.T) *player
		want told
	}{
		{"scheduled, met", restores(restore("db", "2026-08-01T09:50:10Z", "nightly")), told{"10m", "yes", "scheduled", ""}},
		{"scheduled, met to the second", restores(restore("db", "2026-08-01T09:45:10Z", "")), told{"15m", "yes", "scheduled", ""}},
		{"scheduled, missed", restores(restore("db", "2026-08-01T09:45:09.999999999Z", "")), told{"15m", "no", "scheduled", ""}},
		{"a backup of this run", restores(restore("db", "2026-08-01T09:59:00Z", "20260801-100000-drill")), told{"1m10s", "", "drill_backup", own}},
		{"a backup made since the run began, of whatever run", restores(restore("db", "2026-08-01T10:00:01Z", "")), told{"9.0s", "", "drill_backup", own}},
		{"a backup that does not say", restores(restore("db", "", "")), told{"", "", "", "restore restored db from a backup that does not say when it was made"}},
		{"outputs that say nothing", restores(""), told{"", "", "", "restore restored restore from a backup that does not say when it was made"}},
		{"the oldest source counts", restores(restore("db", "2026-08-01T09:58:10Z", ""), restore("files", "2026-08-01T09:48:10Z", "")), told{"12m", "yes", "scheduled", ""}},
		{"the oldest backup of one source counts", restores(restore("db", "2026-08-01T09:48:10Z", ""), restore("db", "2026-08-01T09:58:10Z", "")), told{"12m", "yes", "scheduled", ""}},
		{"one source twice, once from a backup of this run", restores(restore("db", "2026-08-01T09:48:10Z", ""), restore("db", "2026-08-01T10:00:05Z", "")), told{"12m", "", "drill_backup", own}},
		{"one source of unknown age", restores(restore("files", "2026-08-01T09:58:10Z", ""), restore("db", "", "")), told{"", "", "", "restore2 restored db from a backup that does not say when it was made"}},
		{"one source cannot meet for all", restores(restore("files", "2026-08-01T09:58:10Z", ""), restore("db", "2026-08-01T10:00:05Z", "")), told{"2m", "", "drill_backup", own}},
		{"one scheduled source misses for all", restores(restore("files", "2026-08-01T08:58:10Z", ""), restore("db", "2026-08-01T10:00:05Z", "")), told{"1h02m", "no", "scheduled", ""}},
		{"data from after the disaster", restores(restore("db", "2026-08-01T11:00:00Z", "")), told{"", "", "", "the recovery point of db (2026-08-01T11:00:00Z) is later than the disaster: compare the clocks, and --disaster-at"}},
		{"a heartbeat from within the disaster", restores(restore("db", "2026-08-01T10:00:21Z", "")), told{"0s", "", "drill_backup", own}},
		{"the newest canary speaks for its source", canary(restore("db", "2026-08-01T09:00:00Z", ""), restore("db", "2026-08-01T09:50:00Z", ""), restore("db", "2026-08-01T09:55:00Z", "")), told{"5m", "yes", "scheduled", ""}},
		{"a canary speaks even if it is older", canary(restore("db", "2026-08-01T09:58:00Z", ""), restore("db", "2026-08-01T09:50:00Z", "")), told{"10m", "yes", "scheduled", ""}},
		{"a canary of this run is in a backup of this run", canary(restore("db", "", ""), restore("db", "2026-08-01T09:59:59Z", ""), restore("db", "2026-08-01T10:00:00.0000001Z", "")), told{"0s", "", "drill_backup", own}},
		{"a canary of other data does not hide the oldest", canary(restore("db", "2026-08-01T09:50:00Z", ""), restore("files", "2026-08-01T09:59:00Z", "")), told{"10m", "yes", "scheduled", ""}},
		{"nothing restored", func(t *testing.T) *player {
			return newPlayer(t, engine.Header{}, node("lose", engine.PhaseDisaster)).start().done("lose", "")
		}, told{"", "", "", "no step says which data it restored, and no canary was found in any"}},
		{"restored by a command, with a canary of this run in it", found("2026-08-01T10:00:05Z"), told{"5.0s", "", "drill_backup", own}},
		{"restored by a command, with a heartbeat from before the run in it", found("2026-08-01T09:55:10Z"), told{"5m", "yes", "scheduled", ""}},
		{"a canary of this run that a schedule backed up", foundAs(scheduled("db", "2026-08-01T10:00:05Z")), told{"5.0s", "yes", "scheduled", "by the plan's word, WAL archiving backs db up without this drill"}},
		{"that a schedule backed it up is no excuse for a backup of this run", canary(restore("db", "2026-08-01T09:00:00Z", "20260801-100000-drill"), scheduled("db", "2026-08-01T10:00:05Z")), told{"0s", "", "drill_backup", own}},
		{"one canary by a schedule, one by nobody's word", canary(restore("db", "2026-08-01T09:00:00Z", ""), scheduled("db", "2026-08-01T10:00:05Z"), restore("db", "2026-08-01T10:00:04Z", "")), told{"0s", "", "drill_backup", own}},
		{"no disaster", func(t *testing.T) *player {
			return newPlayer(t, engine.Header{}, restoring(node("restore", engine.PhaseProcedure))).start().done("restore", restore("db", "2026-08-01T09:50:00Z", ""))
		}, told{"", "", "", "the drill has no disaster, so there is nothing to recover from"}},
		{"a failed recovery", func(t *testing.T) *player {
			return upToCheck(drill(t, time.Minute), restore("db", "2026-08-01T09:59:50Z", "")).fail("check", "canary is not there")
		}, told{"", "", "", "the verification check did not succeed: failed"}},
		{"recovery since --disaster-at", recovery(began.Add(-10*time.Minute), "2026-08-01T09:40:00Z"), told{"10m", "yes", "scheduled", ""}},
		{"recovery, missed", recovery(began.Add(-10*time.Minute), "2026-08-01T09:30:00Z"), told{"20m", "no", "scheduled", ""}},
		{"an upper bound may meet", recovery(time.Time{}, "2026-08-01T09:50:00Z"), told{"10m", "yes", "scheduled", upper}},
		{"an upper bound never misses", recovery(time.Time{}, "2026-08-01T09:00:00Z"), told{"1h", "", "scheduled", upper}},
		{"recovery from data after the outage", recovery(began.Add(-10*time.Minute), "2026-08-01T09:55:00Z"), told{"", "", "", "the recovery point of db (2026-08-01T09:55:00Z) is later than the disaster: compare the clocks, and --disaster-at"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := tc.run(t).summary()
			if diff := cmp.Diff(tc.want, toldRPO(s.RPO), cmp.AllowUnexported(told{})); diff != "" {
				t.Error(diff)
			}
			if s.RPO.Actual.Known == s.RPO.RecoveryPoint.IsZero() {
				t.Error("a recovery point without a measure, or the other way round")
			}
		})
	}
}

// scheduled are the outputs of a canary of this run that, by the plan, was not
// backed up by it.
func scheduled(source, point string) string {
	return fmt.Sprintf(`{"data_source":%q,"recovery_point":%q,"schedule":"WAL archiving"}`, source, point)
}
