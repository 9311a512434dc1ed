package lint

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/drplan/drplan/plans"
)

var etcdOneSnapshot = Rule{
	ID: "etcd-one-snapshot", Severity: plans.SeverityWarning,
	Summary: "Members of etcd are restored from different files.",
	Why: "The members of a new cluster have one history only if they come from one snapshot. From two, each member serves its own data, and no error says so " +
		"(etcd documentation, \"Disaster recovery\"; etcd-io/etcd#9248). Copy one file to all hosts under one name; `etcd_restore` restores all members from one file.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			var first *etcdRestore
			for _, r := range p.etcdRestores(sec) {
				if v := eachItsOwn(r); v != "" && !p.copiesTo(sec, r.File) {
					p.ReportCall(r.Call, "copy one file to all hosts under one name, and restore all members from it", "each member is restored from a file of its own: %s has %s in it, as `--name` has", r.File, v)
					continue
				}
				switch {
				case r.Unfinished() || !literal(r.File) || len(r.Peers) < 2:
				case first == nil:
					first = r
				case r.File != first.File && r.Name != first.Name:
					p.ReportCall(r.Call, "restore all members from one file", "this member is restored from %s, and %s from %s", r.File, first.Name, first.File)
				}
			}
		}
	},
}

// eachItsOwn is what is another for each member, and stands in the name of its file
// too: the item of a for_each, or the variable of a loop. Empty: nothing is.
func eachItsOwn(r *etcdRestore) string {
	of := variable()
	for _, v := range of.FindAllString(r.File, -1) {
		item := strings.HasPrefix(v, "${item") || strings.HasPrefix(v, "${key")
		if slices.Contains(of.FindAllString(r.Name, -1), v) && (item && r.Step.ForEach != nil || r.Looped) {
			return v
		}
	}
	return ""
}

var variable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{[^}]*\}|\$[A-Za-z_][A-Za-z0-9_]*`) })

// copiesTo reports whether a section copies something to a path: it may be one file for
// all.
func (s *Subject) copiesTo(sec *plans.Section, path string) bool {
	for _, st := range sec.Steps {
		for _, c := range s.CallsOf(st) {
			if words := c.Words(); slices.Contains([]string{"cp", "scp", "rsync", "install", "aws", "mc", "gsutil", "rclone"}, c.Name) && len(words) > 1 && strings.HasSuffix(words[len(words)-1], path) {
				return true
			}
		}
	}
	return false
}
