package server

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Covers reports whether a backup of this spec takes in a namespace: Velero
// reads no namespaces as all, and * in a name as in a file's.
func Covers(spec velerov1.BackupSpec, namespace string) bool {
	if slices.ContainsFunc(spec.ExcludedNamespaces, func(p string) bool { return matches(p, namespace) }) {
		return false
	}
	included := spec.IncludedNamespaces
	return len(included) == 0 || slices.ContainsFunc(included, func(p string) bool { return matches(p, namespace) })
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return pattern == name || err == nil && ok
}

// Narrowed says why a backup of this spec does not hold all objects of its
// namespaces, "" when it does.
func Narrowed(spec velerov1.BackupSpec) string {
	switch {
	case spec.LabelSelector != nil && (len(spec.LabelSelector.MatchLabels) > 0 || len(spec.LabelSelector.MatchExpressions) > 0):
		return "it holds only what has the labels " + metav1.FormatLabelSelector(spec.LabelSelector)
	case len(spec.OrLabelSelectors) > 0:
		return "it holds only what has some of certain labels"
	case some(spec.IncludedResources):
		return "it holds only " + strings.Join(spec.IncludedResources, ", ")
	case some(spec.IncludedNamespaceScopedResources):
		return "of namespaces it holds only " + strings.Join(spec.IncludedNamespaceScopedResources, ", ")
	}
	if lacks := missed(slices.Concat(spec.ExcludedResources, spec.ExcludedNamespaceScopedResources)); len(lacks) > 0 {
		return "it lacks " + strings.Join(lacks, ", ")
	}
	return ""
}

// dispensable are kinds that nobody misses in a restore. Velero itself writes
// those of snapshots into every backup's spec: it takes them in otherwise.
var dispensable = []string{
	"events", "events.events.k8s.io", "nodes", "volumesnapshots.snapshot.storage.k8s.io", "volumesnapshotcontents.snapshot.storage.k8s.io",
}

func missed(excluded []string) []string {
	return slices.DeleteFunc(excluded, func(kind string) bool { return slices.Contains(dispensable, kind) })
}

func some(list []string) bool { return len(list) > 0 && !slices.Contains(list, "*") }

// Backups are all that the cluster knows of.
func (s *Server) Backups(ctx context.Context) ([]velerov1.Backup, error) {
	var all velerov1.BackupList
	err := s.Retry(ctx, func() error { return s.List(ctx, &all, client.InNamespace(s.Namespace)) })
	return all.Items, s.Absent(err)
}

// UnfinishedBackups are those that have not ended, the one that was begun or made
// first at the head.
func (s *Server) UnfinishedBackups(ctx context.Context) ([]velerov1.Backup, error) {
	all, err := s.Backups(ctx)
	if err != nil {
		return nil, err
	}
	open := slices.DeleteFunc(all, func(b velerov1.Backup) bool { return OfBackup(b.Status.Phase).Ended() })
	slices.SortFunc(open, func(a, b velerov1.Backup) int { return Begun(a).Compare(Begun(b)) })
	return open, nil
}

// Begun is when a backup was begun; one that was not, when it was asked for.
func Begun(b velerov1.Backup) time.Time {
	if at := b.Status.StartTimestamp; at != nil {
		return at.Time
	}
	return b.CreationTimestamp.Time
}

// DescribeBackup is a backup and where it stands, for lists of what blocks.
func DescribeBackup(b velerov1.Backup) string {
	text := b.Name + " is " + cmp.Or(string(b.Status.Phase), "New")
	if p := b.Status.Progress; p != nil {
		text += fmt.Sprintf(" with %d of %d items", p.ItemsBackedUp, p.TotalItems)
	}
	return text
}
