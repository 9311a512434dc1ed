package velero

import (
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Bounds are the namespaces in whose pods a backup runs hooks.
func (s *backupStep) Bounds() steps.Bounds {
	var b steps.Bounds
	for _, ns := range s.IncludeNamespaces {
		if !server.IsNamespace(ns) {
			ns = "" // a pattern: of whatever is there
		}
		b.Changes = append(b.Changes, ns)
	}
	return b
}

// Bounds are the namespaces that are restored into. One that another is mapped to
// is made.
func (s *restoreStep) Bounds() steps.Bounds {
	var b steps.Bounds
	selection := s.selection()
	if !selection.Explicit() || s.ClusterResources == clusterIncluded {
		return b
	}
	for _, ns := range s.IncludeNamespaces {
		target := selection.Target(ns)
		b.Changes = append(b.Changes, target)
		if target != ns {
			b.Makes = append(b.Makes, target)
		}
	}
	return b
}
