package report

import (
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

var production = engine.Objective{Row: "production", RTO: time.Hour, RPO: 15 * time.Minute}

// goldenRuns are runs whose reports are kept in testdata.
var goldenRuns = map[string]func(*testing.T) *player{
	"drill":       drillRun,
	"degraded":    degradedRun,
	"failed":      failedRun,
	"recovery":    recoveryRun,
	"simulated":   simulatedRun,
	"refused":     refusedRun,
	"in_doubt":    inDoubtRun,
	"interrupted": interruptedRun,
	"running":     runningRun,
	"resumed":     resumedRun,
	"timed_out":   timedOutRun,
}

// drillRun is a drill as it should be.
func drillRun(t *testing.T) *player {
	restore1 := restoring(node("restore", engine.PhaseProcedure, "find"))
	restore1.ForEach = true
	restore1.Name = "Restore all members"
	p := newPlayer(t, engine.Header{Scenario: "etcd_failure", Title: "etcd failure", Why: "That the whole control plane comes back from one snapshot.", Procedure: "etcd_failure", Tool: "v1.0.0", Objective: production},
		engine.Node{ID: "canary", Name: "Write a canary", Type: "canary", Phase: engine.PhaseSetup},
		engine.Node{ID: "snapshot", Name: "Take a snapshot", Type: "etcd_snapshot", Phase: engine.PhaseSetup, Needs: []string{"canary"}},
		engine.Node{ID: "kill", Name: "Kill every member", Phase: engine.PhaseDisaster},
		engine.Node{ID: "find", Name: "Find the newest good backup", Type: "s3_latest", Phase: engine.PhaseProcedure},
		engine.Node{ID: "tell", Name: "Tell the on-call", Phase: engine.PhaseProcedure},
		restore1,
		verifying(engine.Node{ID: "healthy", Name: "Every member is healthy", Phase: engine.PhaseProcedure, Needs: []string{"restore"}}),
		observing(engine.Node{ID: "canary_back", Name: "The canary is back", Phase: engine.PhaseChecks}),
		engine.Node{ID: "wipe", Name: "Remove the cluster", Phase: engine.PhaseCleanup},
	)
	p.items = map[string][]string{"restore": {"m1", "m2", "m3"}}
	p.start().at("350ms").done("canary", "").at("12.6s").done("snapshot", `{"revision":50001}`)
	p.at("13.1s").done("kill", "")
	p.at("14s").done("tell", "").at("15s").done("find", `{"backup":"s3://backups/1"}`)
	out := restore("etcd", "2026-08-01T10:00:01Z", p.header.RunID)
	p.at("1m10s").doneKey("restore", "m2", out).at("1m20s").doneKey("restore", "m1", out).at("1m25s").doneKey("restore", "m3", out)
	p.at("1m40s").done("healthy", "").at("1m41.25s").done("canary_back", restore("etcd", "2026-08-01T10:00:00.3Z", ""))
	p.at("1m45s").done("wipe", "")
	p.evidence = &journal.Verification{Records: 61, Closed: true, Sum: "9b1fd4a9a1a6d1b0a2f3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819"}
	return p
}

// degradedRun is a drill in which two of three restores came to their end only in
// part, which its plan accepts, and one could not prove its isolation.
func degradedRun(t *testing.T) *player {
	each := restoring(node("restore", engine.PhaseProcedure))
	each.ForEach = true
	p := newPlayer(t, engine.Header{Scenario: "loss", Title: "Loss of the shops", Objective: production},
		node("lose", engine.PhaseDisaster), each, restoring(node("rest", engine.PhaseProcedure, "restore")), verifying(node("serves", engine.PhaseProcedure, "rest")))
	p.items = map[string][]string{"restore": {"shop", "mail"}}
	point := `{"data_source":"kubernetes","recovery_point":"2026-08-01T09:58:00Z","degraded":`
	p.start().at("1s").done("lose", "").at("20s").doneKey("restore", "shop", point+`true,"errors":2,"warnings":1}`)
	p.at("30s").doneKey("restore", "mail", point+`false,"errors":0,"warnings":3,"unproven":"that what was restored reached nobody is not proven: no probe_image was given"}`).at("40s").done("rest", point+`true,"errors":1}`)
	return p.at("50s").done("serves", "")
}

// failedRun has everything that can go wrong in it, and hostile text.
func failedRun(t *testing.T) *player {
	tell := node("tell", engine.PhaseProcedure)
	tell.ContinueOnError = true
	restore := restoring(node("restore", engine.PhaseProcedure))
	restore.Name = "復元する | **all** <b>of it</b>"
	restore.Retry = engine.Retry{Attempts: 2, Backoff: 10 * time.Second}
	serve := verifying(node("serve", engine.PhaseProcedure, "restore"))
	p := newPlayer(t, engine.Header{Scenario: "ns", Title: "Namespace | lost\n# not a title", Objective: engine.Objective{RTO: time.Minute, RPO: time.Minute, Strictest: true}},
		node("lose", engine.PhaseDisaster), tell, restore, serve, node("announce", engine.PhaseProcedure, "serve"),
		observing(node("canary", engine.PhaseChecks)), node("wipe", engine.PhaseCleanup))
	p.start().at("1s").done("lose", "").at("2s").fail("tell", "exit status 1")
	p.at("20s").fail("restore", "first try")
	p.at("29.9s").at("50s").fail("restore", "velero restore: a | b `c` \x1b[31mred\x1b[0m\nsecond line <script>alert(1)</script> @everyone https://evil.example/x "+
		"and a very long explanation that goes on and on, so that it must be broken over more than one line of any terminal")
	p.at("51s").fail("wipe", "namespace is stuck in Terminating")
	return p
}

// recoveryRun is the real thing: a crash, a step settled by hand, an override.
func recoveryRun(t *testing.T) *player {
	p := newPlayer(t, engine.Header{RunID: "20260801-100000-real", Scenario: "complete_cluster_loss", Procedure: "complete_cluster_loss", Mode: engine.ModeRecovery, Objective: production,
		Options: engine.Options{DisasterAt: began.Add(-10 * time.Minute)}},
		waiting(engine.Node{ID: "approve", Name: "Somebody decides", Phase: engine.PhaseProcedure}, engine.WaitApproval),
		engine.Node{ID: "provision", Name: "Provision a cluster", Phase: engine.PhaseProcedure, Needs: []string{"approve"}},
		restoring(engine.Node{ID: "restore", Name: "Restore etcd", Phase: engine.PhaseProcedure, Needs: []string{"provision"}}),
		verifying(engine.Node{ID: "serves", Name: "It serves again", Phase: engine.PhaseProcedure, Needs: []string{"restore"}}))
	p.checks = map[engine.Phase][]engine.Check{engine.PhaseProcedure: {
		{Node: "restore", Name: "disk_space", Message: "3 GiB free, 4 GiB wanted", Override: "the old data goes first"}}}
	p.start().at("2m").in(engine.Answered{Node: "approve", OK: true, By: "ann"})
	p.at("5m").fail("provision", "quota exceeded") // the run ends: it is done by hand
	p.crash()
	p.now = 20 * time.Minute
	p.in(engine.Settle{Node: "provision", Verdict: engine.VerdictDone, By: "ann", Reason: "made in the console"})
	p.in(engine.Reopen{By: "ann"})
	p.at("22m").resume("25m").in(engine.Reconciled{Node: "restore", Attempt: 1, Verdict: engine.VerdictRunning})
	p.at("29m").done("restore", restore("etcd", "2026-08-01T09:40:00Z", "20260801-060000-nightly"))
	p.at("30m").done("serves", "")
	return p
}

// simulatedRun is a drill without people.
func simulatedRun(t *testing.T) *player {
	p := newPlayer(t, engine.Header{Scenario: "loss", Title: "Complete cluster loss", Objective: production, Options: engine.Options{SimulateWaits: true}},
		node("lose", engine.PhaseDisaster),
		waiting(engine.Node{ID: "provision", Name: "Provision new cluster", Phase: engine.PhaseProcedure}, engine.WaitDuration),
		verifying(node("serves", engine.PhaseProcedure, "provision")), node("optional", engine.PhaseProcedure))
	p.waits = map[string]engine.Span{"provision": 30 * time.Minute}
	p.skip = map[string]bool{"optional": true}
	p.start().at("1s").done("lose", "").at("5s").done("serves", "")
	return p
}

func refusedRun(t *testing.T) *player {
	p := newPlayer(t, engine.Header{Scenario: "loss", Objective: production},
		node("lose", engine.PhaseDisaster), restoring(node("restore", engine.PhaseProcedure)), verifying(node("serves", engine.PhaseProcedure, "restore")))
	p.checks = map[engine.Phase][]engine.Check{engine.PhaseDisaster: {
		{Node: "lose", Name: "drill_target", Message: "cluster prod is not marked drill: true", Hard: true},
		{Node: "restore", Name: "disk_space", Message: "3 GiB free, 4 GiB wanted"},
		{Node: "restore", Name: "backup_exists", OK: true}}}
	return p.start()
}

func inDoubtRun(t *testing.T) *player {
	p := newPlayer(t, engine.Header{Scenario: "loss", Objective: production},
		node("lose", engine.PhaseDisaster), restoring(node("restore", engine.PhaseProcedure)), verifying(node("serves", engine.PhaseProcedure, "restore")))
	p.start().at("1s").done("lose", "").resume("2m")
	return p.in(engine.Reconciled{Node: "restore", Attempt: 1, Verdict: engine.VerdictUnknown, Reason: "it left no trace"})
}

func interruptedRun(t *testing.T) *player {
	p := newPlayer(t, engine.Header{Scenario: "loss"}, node("lose", engine.PhaseDisaster), verifying(node("serves", engine.PhaseProcedure)))
	return p.start().at("1s").done("lose", "").at("3s").in(engine.Note{Node: "serves", Reason: "the endpoint answers 503"})
}

// resumedRun crashed in the middle of an attempt, which ran again, failed, and was
// tried again.
func resumedRun(t *testing.T) *player {
	slow := restoring(node("restore", engine.PhaseProcedure))
	slow.Retry = engine.Retry{Attempts: 3, Backoff: 10 * time.Second}
	p := newPlayer(t, engine.Header{Scenario: "loss", Objective: production, Host: "ops1", User: "ann"},
		node("lose", engine.PhaseDisaster), slow, verifying(node("serves", engine.PhaseProcedure, "restore")), verifying(node("nothing_left", engine.PhaseCleanup)))
	p.start().at("2s").done("lose", "").at("20s").in(engine.Note{Node: "restore", Reason: "100 of 900 objects"})
	p.resume("80s").in(engine.Reconciled{Node: "restore", Attempt: 1, Verdict: engine.VerdictRerun})
	p.at("95s").fail("restore", "the bucket answers 503").at("107s")
	p.at("140s").done("restore", restore("db", "2026-08-01T09:52:00Z", "nightly")).at("150s").done("serves", "").at("151s").done("nothing_left", "")
	return p
}

func runningRun(t *testing.T) *player {
	p := interruptedRun(t)
	p.live = true
	return p
}

// timedOutRun ran out of time twice: its first restore was cancelled at the attempt's
// deadline and tried again, its verification at the step's.
func timedOutRun(t *testing.T) *player {
	slow := restoring(node("restore", engine.PhaseProcedure))
	slow.Retry, slow.Timeout = engine.Retry{Attempts: 2, Backoff: 5 * time.Second, AttemptTimeout: time.Minute}, 5*time.Minute
	serves := verifying(node("serves", engine.PhaseProcedure, "restore"))
	serves.Timeout = 30 * time.Second
	p := newPlayer(t, engine.Header{Scenario: "loss", Title: "Loss of the shop", Objective: engine.Objective{Row: "shop", RTO: 2 * time.Minute, RPO: time.Hour}},
		node("lose", engine.PhaseDisaster), slow, serves, node("tidy", engine.PhaseCleanup))
	p.start().at("1s").done("lose", "").at("40s").in(engine.Note{Node: "restore", Reason: "100 of 900 objects"})
	p.at("61s").at("62s").fail("restore", "its time was up; seen last: 104 of 900 objects").at("68s")
	p.at("110s").done("restore", restore("kubernetes", "2026-08-01T09:30:00Z", "nightly"))
	p.at("120s").in(engine.Note{Node: "serves", Reason: "the endpoint answers 503"})
	p.at("140s").at("141s").fail("serves", "its time was up; seen last: the endpoint answers 503")
	return p.at("145s").done("tidy", "")
}
