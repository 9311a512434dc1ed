package lint

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

// bare reports whether a drill is written as a name alone.
func bare(drill *plans.Section) bool { return drill.Scenario.Node.Kind == yaml.ScalarNode }

// inPhase are the steps of a section's own that run in one of the phases.
func inPhase(sec *plans.Section, phases ...engine.Phase) (out []*plans.OutlineStep) {
	for _, st := range sec.Steps {
		if slices.Contains(phases, st.Phase) {
			out = append(out, st)
		}
	}
	return out
}

// callsByStep are the calls of each step's node.
func (s *Subject) callsByStep() map[*yaml.Node][]*Call {
	s.Calls()
	return s.callsOf
}

// restores is the first step of a procedure that brings data back; nil: none does.
func restores(procedure *plans.Section, calls map[*yaml.Node][]*Call) *plans.OutlineStep {
	for _, st := range procedure.Steps {
		if st.Kind.Restores || slices.ContainsFunc(calls[st.Node], restoresData) || loadsDump(calls[st.Node]) {
			return st
		}
	}
	return nil
}

// restoresData reports whether a command brings data back from a backup.
func restoresData(c *Call) bool {
	for _, words := range [][]string{
		{"velero", "restore", "create"}, {"velero", "create", "restore"}, {"etcdctl", "snapshot", "restore"}, {"etcdutl", "snapshot", "restore"},
		{"pg_restore"}, {"pgbackrest", "restore"}, {"wal-g", "backup-fetch"}, {"barman", "recover"}, {"mongorestore"},
		{"restic", "restore"}, {"kopia", "restore"}, {"borg", "extract"}, {"vault", "snapshot", "restore"}, {"rke", "etcd", "snapshot-restore"},
	} {
		if c.Runs(words[0], words[1:]...) {
			return true
		}
	}
	reset := c.On("--cluster-reset") && (c.Name == "k3s" || c.Name == "rke2")
	moved := c.On("--copy-back", "--move-back") && (c.Name == "xtrabackup" || c.Name == "mariabackup" || c.Name == "mariadb-backup")
	return reset || moved || c.Name == "aws" && strings.Contains(c.String(), " restore-")
}

// loadsDump reports whether a database's client is given a dump: zcat dump.sql.gz | mysql.
func loadsDump(calls []*Call) bool {
	unpacks := []string{"zcat", "gunzip", "gzip", "cat", "zstd", "zstdcat", "xzcat", "bzcat", "lz4", "pigz", "pv", "aws", "gsutil", "gcloud", "rclone", "mc", "gpg", "age", "openssl"}
	for i, c := range calls {
		if !slices.Contains([]string{"mysql", "mariadb", "psql"}, c.Name) {
			continue
		}
		if i > 0 && calls[i-1].Piped && calls[i-1].node == c.node && slices.Contains(unpacks, calls[i-1].Name) {
			return true
		}
		if c.Bent && c.node != nil && fromDump().MatchString(c.node.Value) {
			return true
		}
	}
	return false
}

var fromDump = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:mysql|mariadb|psql)\b[^|;&\n<]*<\s*[^\s<]+\.(?:sql|dump)\b`)
})

// makes reports whether a step leaves something behind outside the run's folder,
// as far as the plan shows it.
func makes(st *plans.OutlineStep, calls []*Call) bool {
	switch st.Kind.Type {
	case "canary":
		action := st.Field("action")
		return action != nil && action.Value == "write"
	case "velero_backup":
		return st.Field("ttl") == nil // else Velero deletes it itself
	case "kube_apply", "velero_schedule", "s3_upload":
		return true
	case "etcd_snapshot", "files_backup":
		to := st.Field("to")
		return to != nil && !strings.HasPrefix(to.Value, "${run.dir}")
	}
	return slices.ContainsFunc(calls, making)
}

// making reports whether a command makes something that stays.
func making(c *Call) bool {
	for _, words := range [][]string{
		{"kubectl", "create"}, {"kubectl", "apply"}, {"kubectl", "run"}, {"kubectl", "expose"}, {"oc", "create"}, {"oc", "apply"}, {"oc", "new-project"},
		{"velero", "backup", "create"}, {"velero", "schedule", "create"}, {"helm", "install"}, {"helm", "upgrade"}, {"terraform", "apply"},
		{"aws", "s3", "cp"}, {"aws", "s3", "sync"}, {"docker", "run"}, {"createdb"},
	} {
		if c.Runs(words[0], words[1:]...) && !c.Tested {
			_, dry := c.Flag("--dry-run")
			_, expires := c.Flag("--ttl")
			return !dry && !expires
		}
	}
	return false
}
