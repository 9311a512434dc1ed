package lint

import "github.com/drplan/drplan/plans"

var etcdSkipHashCheck = Rule{
	ID: "etcd-skip-hash-check", Severity: plans.SeverityWarning,
	Summary: "A snapshot is restored without looking whether it is whole.",
	Why: "`etcdctl snapshot save` puts a hash at the end of the file, and the restore compares it. `--skip-hash-check` restores a file that was cut off, or damaged in transit, without a word; " +
		"what is missing shows weeks later. The flag is for database files that were copied from a data directory, which have no hash (etcd-io/etcd#10119). " +
		"`etcd_restore` refuses a snapshot without its hash, and `s3_download` checks a SHA-256 on the way.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			if restoresEtcd(c) {
				if c.On("--skip-hash-check") && !namesCopiedDB(c) {
					p.ReportCall(c, "leave `--skip-hash-check` out; where the snapshot has no hash, take another one", "a snapshot that is cut off or damaged would be restored without an error")
				}
			}
		}
	},
}
