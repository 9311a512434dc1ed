package lint

import (
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var ignoredFailure = Rule{
	ID: "ignored-failure", Severity: plans.SeverityWarning,
	Summary: "The failure of something that a recovery depends on is ignored.",
	Why: "`|| true`, `set +e`, `&`, a shell without `-e` and `continue_on_error` turn a restore that failed into a step that succeeded, and what follows works on data that are not there. " +
		"Where a failure is expected, say which: `kubectl delete --ignore-not-found`, `expect_exit: [0, 3]`, a `when`. Commands that stop or delete something " +
		"are not counted, nor are a drill's setup and cleanup.",
	Check: func(p *Pass) {
		for _, st := range p.Steps() {
			if st.Phase != engine.PhaseProcedure && st.Phase != engine.PhaseChecks {
				continue
			}
			if pair, ok := pairOf(st, "continue_on_error"); ok && st.ContinueOnError && (st.Kind.Restores || verifies(st) || slices.ContainsFunc(p.CallsOf(st), restoring)) {
				p.Report(pair.Key, "take it away, and give the steps that may go on without it `needs:` of their own", "what this step does matters: the recovery goes on as if it had succeeded")
			}
			list := p.CallsOf(st)
			if st.Kind.Type != "verify" { // of that verification-cannot-fail speaks
				list = slices.Concat(list, p.FieldCallsOf(st))
			}
			for _, c := range list {
				if (c.Ignored || c.Lost != "") && restoring(c) {
					hint := "take `|| …` away; where a failure is expected, say which with `expect_exit:`"
					switch {
					case c.Lost != "":
						hint = string(c.Lost)
					case c.Field != nil:
						hint = "take `|| …` away"
					}
					p.ReportCall(c, hint, "the recovery goes on when `%s` fails, as if it had succeeded", short(c))
				}
			}
		}
	},
}

// restoring reports whether a recovery depends on what a command does.
func restoring(c *Call) bool {
	switch c.Name {
	case "pg_restore", "pg_basebackup", "cp", "mv", "rsync", "scp", "tar", "restic", "rclone", "sha256sum", "md5sum", "pg_verifybackup", "createdb":
		return true
	case "psql", "mysql", "mariadb", "mongorestore", "redis-cli":
		return !c.Reads()
	}
	return restoresData(c) || c.runsAny(map[string][]string{
		"velero": {"restore create", "backup create", "install"}, "kubectl": {"apply", "create", "replace", "wait", "rollout status", "scale"},
		"helm": {"install", "upgrade", "rollback"}, "etcdutl": {"snapshot"}, "etcdctl": {"snapshot", "endpoint health", "put", "member add"},
		"aws": {"s3 cp", "s3 sync"}, "mc": {"cp", "mirror"}, "gsutil": {"cp", "rsync"}, "systemctl": {"start", "restart"}, "terraform": {"apply"}, "kubeadm": {"init", "join"},
	}[c.Name])
}
