package lint

import (
	"slices"

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
