package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var veleroReadOnlyLocation = Rule{
	ID: "velero-read-only-location", Severity: plans.SeverityWarning,
	Summary: "Volumes are restored on a fresh cluster from a storage location that is read-only.",
	Why: "Velero's own guide to disaster recovery sets the location to ReadOnly before a restore. Restores of volumes' files then fail on a cluster that has no BackupRepository for them yet, because it is made by " +
		"writing to the location (velero-io/velero#9626). Restore first, or leave it ReadWrite and pause the schedules instead, which `velero_install` does by itself. The rule speaks where the same procedure makes the cluster, or puts Velero or its location into it, " +
		"or the plan backs up volumes by their files.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			p.readOnly(sec)
		}
	},
}

// readOnly reports the step of a procedure after which volumes are restored from a
// location that is read-only.
func (p *Pass) readOnly(sec *plans.Section) {
	fresh := p.backsUpFiles()
	var at *plans.OutlineStep
	var call *Call
	for _, st := range sec.Steps {
		fresh = fresh || p.newToVelero(st)
		if mode, c := p.setsMode(st); mode != "" {
			at, call = nil, nil
			if mode == "read_only" {
				at, call = st, c
			}
		}
		if at == nil || !fresh || !p.restoresVolumes(st) {
			continue
		}
		const message = "volumes' files cannot be restored from a read-only location on a cluster that has no repository for them yet"
		hint := "leave it read_write until the restore is over, and pause the schedules instead"
		if call != nil {
			p.ReportCall(call, hint, message)
		} else {
			p.Report(at.Field("access_mode"), hint, message)
		}
		return
	}
}

// newToVelero reports whether a step makes a cluster, or puts Velero or its location
// into one: it has no repositories yet.
func (s *Subject) newToVelero(st *plans.OutlineStep) bool {
	return st.Kind.Type == "velero_install" || s.provisions(st) || slices.ContainsFunc(s.CallsOf(st), func(c *Call) bool {
		helm := (c.Runs("helm", "install") || c.Runs("helm", "upgrade")) && strings.Contains(c.String(), "velero")
		return helm || c.Runs("velero", "install") || c.Runs("velero", "backup-location", "create") || c.Runs("velero", "create", "backup-location")
	})
}

// setsMode is the access mode that a step gives a location, and by which command.
func (s *Subject) setsMode(st *plans.OutlineStep) (mode string, by *Call) {
	if st.Kind.Type == "velero_location" {
		return word(st, "access_mode"), nil
	}
	for _, c := range s.CallsOf(st) {
		text := c.String()
		switch {
		case c.Reads() || !strings.Contains(text, "backup-location") && !strings.Contains(text, "backupstoragelocation") && !strings.Contains(text, "bsl"):
		case strings.Contains(text, "ReadOnly"):
			return "read_only", c
		case strings.Contains(text, "ReadWrite"):
			return "read_write", c
		}
	}
	return "", nil
}

func (s *Subject) restoresVolumes(st *plans.OutlineStep) bool {
	if st.Kind.Type == "velero_restore" {
		return true
	}
	return slices.ContainsFunc(s.CallsOf(st), func(c *Call) bool { return velerosRestore(c) })
}

// backsUpFiles reports whether the plan backs up volumes by their files.
func (s *Subject) backsUpFiles() bool {
	return slices.ContainsFunc(s.Steps(), func(st *plans.OutlineStep) bool {
		n := st.Field("default_volumes_to_fs_backup")
		return word(st, "volumes") == "fs_backup" || n != nil && n.Kind == yaml.ScalarNode && n.Value == "true"
	})
}
