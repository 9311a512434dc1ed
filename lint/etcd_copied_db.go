package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var etcdCopiedDB = Rule{
	ID: "etcd-copied-db", Severity: plans.SeverityWarning,
	Summary: "A member's database file is taken for a snapshot.",
	Why: "`member/snap/db` of a running etcd is being written to: a copy may be torn, has no hash that would show it, and lacks what is in the write-ahead log only (etcd-io/etcd#10119). " +
		"`etcdctl snapshot save`, or the step `etcd_snapshot`, asks the member for a consistent copy with a hash. Of a cluster that is dead for good the file may be the best there is: say so in a suppression.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			copies := slices.Contains([]string{"cp", "scp", "rsync", "tar", "rclone", "mc", "dd", "install"}, c.Name) || c.Runs("aws", "s3") || c.Runs("kubectl", "cp") ||
				restoresEtcd(c)
			if copies && namesCopiedDB(c) {
				p.ReportCall(c, "take a snapshot with the step `etcd_snapshot`, or `etcdctl snapshot save`", "the database file of a member is no snapshot: it may be torn, and lacks the tail of the log")
			}
		}
	},
}

func namesCopiedDB(c *Call) bool {
	return slices.ContainsFunc(c.Args, func(a string) bool { return copiedDB(a) || len(a) > 3 && copiedDB(a[3:]) && a[:3] == "if=" })
}
