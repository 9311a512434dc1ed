package lint

import (
	"path"
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var unverifiedDestruction = Rule{
	ID: "unverified-destruction", Severity: plans.SeverityWarning,
	Summary: "A recovery destroys something before anything was verified, found or agreed to.",
	Why: "On the day, what a procedure deletes is often the last copy. Whoever deletes first and looks for the backup then learns too late that it is not there, " +
		"too old or damaged: GitLab's outage of 31 January 2017 began with an `rm -rf` of a database directory, and none of five kinds of backup worked at once " +
		"(about.gitlab.com, postmortem of 10 February 2017). Before the first step that destroys, find and check the backup (`velero_latest`, `s3_download`), verify " +
		"what is broken (`verify`), or let a person agree (`approval`). Steps that move things aside destroy nothing: prefer `etcd_restore` with `existing_data: move_aside`, or `mv`.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			p.destruction(sec)
		}
	},
}

// destruction reports the first step of a procedure that destroys something, unless
// something before it gave a reason to.
func (p *Pass) destruction(sec *plans.Section) {
	for _, st := range sec.Steps {
		c, destroys := p.destroys(st)
		switch {
		case destroys && c != nil:
			p.ReportCall(c, "before it find and check the backup, `verify:` what is broken, or ask with `approval:`; better still, move it aside",
				"this destroys data, and nothing before it has verified, found or agreed to anything")
			return
		case destroys:
			p.Report(st.Type.Key, "before it find and check the backup, `verify:` what is broken, or ask with `approval:`",
				"this destroys data, and nothing before it has verified, found or agreed to anything")
			return
		case p.reassures(st):
			return
		}
	}
}

// reassures reports whether a step is a reason to go on: it verified something, found
// or brought a backup, or a person had a say.
func (s *Subject) reassures(st *plans.OutlineStep) bool {
	switch st.Kind.Type {
	case "verify", "etcd_health", "etcd_members", "canary", "approval", "duration", "velero_latest", "s3_latest", "s3_download", "velero_backup", "etcd_snapshot",
		"files_backup", "kube_wait", "velero_location":
		return true
	}
	return slices.ContainsFunc(s.CallsOf(st), reassuring)
}

// reassuring reports whether a command looks at a backup, brings one or checks something.
func reassuring(c *Call) bool {
	for _, check := range []string{"sha256sum", "md5sum", "pg_verifybackup", "restic", "rsync", "scp", "gpg", "age", "pg_dump", "pg_dumpall", "mysqldump"} {
		if c.Name == check {
			return true
		}
	}
	return c.runsAny(map[string][]string{
		"velero": {"get", "describe", "backup create"}, "aws": {"s3 cp", "s3 sync", "s3 ls"}, "mc": {"cp", "stat", "ls"}, "gsutil": {"cp"}, "rclone": {"copy", "check"},
		"etcdutl": {"snapshot status"}, "etcdctl": {"snapshot save", "snapshot status", "endpoint", "member list"}, "kubectl": {"get", "describe", "wait", "rollout status"},
	}[c.Name])
}

// destroys reports whether a step destroys data; by which command, if by one.
func (s *Subject) destroys(st *plans.OutlineStep) (*Call, bool) {
	switch st.Kind.Type {
	case "kube_delete":
		return nil, true
	case "velero_restore":
		return nil, word(st, "existing") == "update"
	}
	for _, c := range s.CallsOf(st) {
		if c.Captured {
			continue
		}
		if destructive(c) {
			return c, true
		}
		if reassuring(c) {
			return nil, false
		}
	}
	return nil, false
}

func destructive(c *Call) bool {
	switch c.Name {
	case "rm":
		return (c.short("r") || c.short("R") || slices.Contains(c.Args, "--recursive")) && slices.ContainsFunc(c.Words(), lasting)
	case "dropdb", "wipefs", "shred":
		return true
	case "psql", "mysql", "mariadb":
		return slices.ContainsFunc([]string{"DROP DATABASE", "DROP SCHEMA", "DROP TABLE", "TRUNCATE "}, func(sql string) bool { return strings.Contains(strings.ToUpper(c.String()), sql) })
	case "dd":
		return slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, "of=/dev/") && a != "of=/dev/null" })
	case "redis-cli":
		return slices.ContainsFunc(c.Words(), func(w string) bool { return strings.HasPrefix(strings.ToUpper(w), "FLUSH") })
	case "find":
		return slices.Contains(c.Args, "-delete") && slices.ContainsFunc(c.Words(), lasting)
	case "kubectl", "oc":
		return c.runsAny([]string{"delete"}) && !slices.ContainsFunc(c.Words(), harmlessKind) || c.Runs(c.Name, "replace") && c.On("--force")
	case "aws":
		return c.runsAny([]string{"s3 rm", "s3 rb", "rds delete-db-instance", "rds delete-db-cluster", "ec2 terminate-instances", "dynamodb delete-table", "eks delete-cluster"}) ||
			c.Runs("aws", "s3", "sync") && c.On("--delete")
	case "gcloud":
		return slices.Contains(c.Words(), "delete")
	case "az":
		return c.Runs("az", "group", "delete")
	case "mc":
		return c.runsAny([]string{"rm", "rb"}) || c.Runs("mc", "mirror") && c.On("--remove")
	case "helm":
		return c.runsAny([]string{"uninstall", "delete"})
	case "etcdctl":
		return c.Runs("etcdctl", "del") || c.Runs("etcdctl", "member", "remove")
	}
	return strings.HasPrefix(c.Name, "mkfs") || c.Runs("kubeadm", "reset") || c.Runs("terraform", "destroy") || c.Runs("zfs", "destroy") || c.Runs("zfs", "rollback") || c.Runs("docker", "volume", "rm") ||
		c.Name == "lvremove" || c.Name == "vgremove" || c.Runs("argocd", "app", "delete")
}

// harmlessKind reports whether what kubectl delete names comes back by itself, or holds
// nothing.
func harmlessKind(word string) bool {
	kind, _, _ := strings.Cut(word, "/")
	return slices.Contains([]string{"po", "pod", "pods", "job", "jobs", "event", "events", "lease", "leases", "networkpolicy", "endpoints", "backups.velero.io", "restores.velero.io",
		"validatingwebhookconfiguration", "validatingwebhookconfigurations", "mutatingwebhookconfiguration", "mutatingwebhookconfigurations"}, kind)
}

// lasting reports whether a path is one whose content somebody may miss.
func lasting(p string) bool {
	if p == "" || p == "--" || strings.HasPrefix(p, "${run.dir}") || strings.HasPrefix(p, "$DRPLAN_STEP_DIR") {
		return false
	}
	for _, temporary := range []string{"/tmp/", "/var/tmp/", "/run/", "/var/run/", "/var/cache/"} {
		if strings.HasPrefix(path.Clean(p), temporary) {
			return false
		}
	}
	base := path.Base(p)
	for _, end := range []string{".new", ".tmp", ".old", ".bak", ".part"} {
		if strings.HasSuffix(base, end) {
			return false
		}
	}
	return strings.HasPrefix(p, "/") || strings.Contains(p, "$")
}
