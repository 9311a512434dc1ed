package velero

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// What volumes a backup takes, and how.
const (
	volumesDefault  = "default"
	volumesFiles    = "fs_backup"
	volumesSnapshot = "snapshot"
	volumesMoved    = "snapshot_moved"
	volumesNone     = "none"
	clusterAsNeeded = "as_needed"
	clusterIncluded = "all"
	clusterExcluded = "none"
	all             = "*"
)

// content is what goes into a backup, with the fields that velero_backup and
// velero_schedule share.
type content struct {
	IncludeNamespaces []string          `json:"include_namespaces" doc:"Namespaces to back up, * allowed; all without it."`
	ExcludeNamespaces []string          `json:"exclude_namespaces" doc:"Namespaces to leave out."`
	IncludeResources  []string          `json:"include_resources" doc:"Only these kinds of objects, such as deployments.apps."`
	ExcludeResources  []string          `json:"exclude_resources" doc:"Kinds of objects to leave out."`
	Selector          string            `json:"selector" doc:"Only objects with these labels, such as app=shop,tier!=cache."`
	ClusterResources  string            `json:"cluster_resources" default:"as_needed" enum:"as_needed,all,none" doc:"Objects outside of namespaces: those that the others need (all, when all namespaces are backed up), all, or none."`
	Volumes           string            `json:"volumes" default:"default" enum:"default,fs_backup,snapshot,snapshot_moved,none" doc:"Volumes: as the server is configured, their files, snapshots, snapshots whose data are moved to the storage location, or none."`
	TTL               steps.Duration    `json:"ttl" doc:"How long Velero keeps the backup; without it, what the server is configured to, 30 days."`
	StorageLocation   string            `json:"storage_location" doc:"The BackupStorageLocation; without it, the default one."`
	ItemTimeout       steps.Duration    `json:"item_timeout" doc:"How long Velero waits for an operation of a plugin, such as moving a snapshot; without it 4 hours."`
	Labels            map[string]string `json:"labels" doc:"Labels of the backup, by which velero_latest finds it."`
}

// Validate checks what the types cannot.
func (c *content) Validate() error {
	errs := []error{
		namesOf("include_namespaces", c.IncludeNamespaces, c.ExcludeNamespaces),
		namesOf("exclude_namespaces", c.ExcludeNamespaces, nil),
		checkSelector("selector", c.Selector),
	}
	if c.TTL < 0 {
		errs = append(errs, steps.Errorf("ttl", "it must be above 0"))
	}
	if c.ItemTimeout < 0 {
		errs = append(errs, steps.Errorf("item_timeout", "it must be above 0"))
	}
	return errors.Join(errs...)
}

// namesOf checks a list of namespaces or of patterns of them, empty ones being
// expressions that are still to come.
func namesOf(field string, list, excluded []string) error {
	var errs []error
	for i, name := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case name == "" || name == all:
		case slices.Contains(excluded, name):
			errs = append(errs, steps.Errorf(at, "%q is in exclude_namespaces too", name))
		case !server.IsNamespacePattern(name):
			errs = append(errs, steps.Errorf(at, "%q is no namespace's name: lower case letters, digits and dashes, with * for any", name))
		}
	}
	return errors.Join(errs...)
}

func checkSelector(field, text string) error {
	if _, err := selector(text); err != nil {
		return &steps.FieldError{Path: field, Err: err}
	}
	return nil
}

// selector reads kubectl's way of writing one; nil for "".
func selector(text string) (*metav1.LabelSelector, error) {
	if text == "" {
		return nil, nil
	}
	s, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, fmt.Errorf("%q is no label selector such as app=shop,tier!=cache: %w", text, err)
	}
	if _, err := metav1.LabelSelectorAsSelector(s); err != nil {
		return nil, fmt.Errorf("%q is no label selector: %w", text, err)
	}
	return s, nil
}

// labelSelector is selector for asking the API server; everything for "".
func labelSelector(text string) (labels.Selector, error) {
	if text == "" {
		return labels.Everything(), nil
	}
	return labels.Parse(text)
}

// given names the first field that is set and says what goes into a backup, for
// kinds that take it from elsewhere; "" when none is.
func (c *content) given() string {
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"include_namespaces", len(c.IncludeNamespaces) > 0}, {"exclude_namespaces", len(c.ExcludeNamespaces) > 0},
		{"include_resources", len(c.IncludeResources) > 0}, {"exclude_resources", len(c.ExcludeResources) > 0},
		{"selector", c.Selector != ""}, {"cluster_resources", c.ClusterResources != "" && c.ClusterResources != clusterAsNeeded},
		{"volumes", c.Volumes != "" && c.Volumes != volumesDefault}, {"ttl", c.TTL != 0}, {"storage_location", c.StorageLocation != ""},
		{"item_timeout", c.ItemTimeout != 0},
	} {
		if f.set {
			return f.name
		}
	}
	return ""
}

// spec is the content as Velero reads it.
func (c *content) spec() (velerov1.BackupSpec, error) {
	s := velerov1.BackupSpec{
		IncludedNamespaces: c.IncludeNamespaces, ExcludedNamespaces: c.ExcludeNamespaces,
		IncludedResources: c.IncludeResources, ExcludedResources: c.ExcludeResources,
		StorageLocation: c.StorageLocation,
		TTL:             metav1.Duration{Duration: time.Duration(c.TTL)}, ItemOperationTimeout: metav1.Duration{Duration: time.Duration(c.ItemTimeout)},
	}
	switch c.ClusterResources {
	case clusterIncluded:
		s.IncludeClusterResources = new(true)
	case clusterExcluded:
		s.IncludeClusterResources = new(false)
	}
	c.setVolumes(&s)
	var err error
	s.LabelSelector, err = selector(c.Selector)
	return s, err
}

func (c *content) setVolumes(s *velerov1.BackupSpec) {
	switch c.Volumes {
	case volumesFiles:
		s.DefaultVolumesToFsBackup, s.SnapshotVolumes = new(true), new(false)
	case volumesSnapshot:
		s.DefaultVolumesToFsBackup, s.SnapshotVolumes, s.SnapshotMoveData = new(false), new(true), new(false)
	case volumesMoved:
		s.DefaultVolumesToFsBackup, s.SnapshotVolumes, s.SnapshotMoveData = new(false), new(true), new(true)
	case volumesNone:
		s.DefaultVolumesToFsBackup, s.SnapshotVolumes = new(false), new(false)
	}
}

// fromSchedule is what Velero's own command makes of a schedule: its template,
// its labels unless the template has some, and its annotations.
func fromSchedule(s *velerov1.Schedule) *velerov1.Backup {
	b := &velerov1.Backup{Spec: *s.Spec.Template.DeepCopy()}
	b.Labels = maps.Clone(s.Spec.Template.Metadata.Labels)
	if b.Labels == nil {
		b.Labels = maps.Clone(s.Labels)
	}
	if b.Labels == nil {
		b.Labels = map[string]string{}
	}
	b.Labels[velerov1.ScheduleNameLabel] = s.Name
	b.Annotations = maps.Clone(s.Annotations)
	if s.Spec.UseOwnerReferencesInBackup != nil && *s.Spec.UseOwnerReferencesInBackup {
		b.OwnerReferences = []metav1.OwnerReference{{
			APIVersion: velerov1.SchemeGroupVersion.String(), Kind: "Schedule", Name: s.Name, UID: s.UID, Controller: new(true),
		}}
	}
	return b
}
