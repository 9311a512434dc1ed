package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var etcdDataDir = Rule{
	ID: "etcd-data-dir", Severity: plans.SeverityWarning,
	Summary: "etcd is restored to where no etcd looks, or to where one lives.",
	Why: "Without `--data-dir` the restore writes to `default.etcd` (`NAME.etcd` with a name) in the current folder, succeeds, and the etcd that is started next serves the old data, or none. Into a data directory that is " +
		"not empty it refuses to write (etcd-io/etcd#9248 and the source of etcdutl: \"data-dir … not empty or could not be read\"), so a plan that names the usual one must move it aside first. " +
		"`etcd_restore` restores beside and exchanges the directories by rename.",
	Check: func(p *Pass) {
		p.eachRestore(func(r *etcdRestore, _ []*etcdRestore) {
			if r.Unfinished() {
				return
			}
			switch {
			case r.DataDir == "" && !p.later(r, r.Name+".etcd"):
				p.ReportCall(r.Call, "add `--data-dir` with a new directory, and move that into place; the step `etcd_restore` does both",
					"this restores into `./%s.etcd`, where no etcd looks for its data", r.Name)
			case usualDataDir(r.DataDir) && !r.Cleared:
				p.ReportCall(r.Call, "restore into a new directory and exchange the two by rename, as `etcd_restore` does, or first `mv "+r.DataDir+"` aside",
					"%s exists where etcd has run, and nothing before moves it aside: the restore refuses to write into it", r.DataDir)
			}
		})
	},
}

func usualDataDir(dir string) bool {
	return slices.Contains([]string{"/var/lib/etcd", "/var/lib/etcd/default", "/var/lib/etcd/default.etcd", "/var/lib/etcd/data"}, strings.TrimSuffix(dir, "/"))
}

// later reports whether a command after the restore, or beside it, speaks of a name.
func (s *Subject) later(r *etcdRestore, name string) bool {
	for _, st := range below(r.Section.Steps, r.At) {
		for _, c := range s.CallsOf(st) {
			if c != r.Call && strings.Contains(c.String(), name) {
				return true
			}
		}
	}
	return false
}

// readiesMachine reports whether a step may leave a machine without etcd's data: people
// at work, a new machine, or files put back.
func (s *Subject) readiesMachine(st *plans.OutlineStep) bool {
	return st.Kind.Wait != "" && st.Kind.Wait != "timer" || st.Type.Key.Value == "files_restore" || s.provisions(st)
}

// clearsEtcd reports whether a command may take etcd's data directory away.
func clearsEtcd(c *Call) bool {
	switch c.Name {
	case "mv", "rm", "find", "rename":
		return strings.Contains(c.String(), "/var/lib/etcd")
	case "ansible-playbook":
		return true
	}
	return c.Runs("kubeadm", "reset") || c.Unknown()
}
