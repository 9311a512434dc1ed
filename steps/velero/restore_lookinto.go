package velero

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	velerolabel "github.com/vmware-tanzu/velero/pkg/label"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/contents"
)

// preflight is a restore with what is known of its backup.
type preflight struct {
	*restore
	items    []contents.Item // what is selected
	unlisted error           // why items is not known
	files    []velerov1.PodVolumeBackup
	own      []string // restores of this step's attempts
}

// lookInto reads what the backup holds, as far as that can be read from here.
func (r *restore) lookInto(ctx context.Context) *preflight {
	p := &preflight{restore: r}
	p.items, p.unlisted = r.selected(ctx)
	var files velerov1.PodVolumeBackupList
	if err := r.List(ctx, &files, client.InNamespace(r.Namespace), client.MatchingLabels{velerov1.BackupNameLabel: velerolabel.GetValidName(r.FromBackup)}); err == nil {
		p.files = slices.DeleteFunc(files.Items, func(b velerov1.PodVolumeBackup) bool { return !r.selection().TakesNamespace(b.Spec.Pod.Namespace) })
	}
	var restores velerov1.RestoreList
	if err := r.List(ctx, &restores, client.InNamespace(r.Namespace)); err == nil {
		for _, o := range restores.Items {
			if r.own(&o) {
				p.own = append(p.own, o.Name)
			}
		}
	}
	return p
}

// takes reports whether lists as in a backup's spec take a namespace.
func takes(include, exclude []string, name string) bool {
	return contents.Selection{IncludeNamespaces: include, ExcludeNamespaces: exclude}.TakesNamespace(name)
}

// checkTargets: what Velero would skip is not there.
func (p *preflight) checkTargets(ctx context.Context) steps.Check {
	check := steps.Check{Name: checkTargets}
	targets := p.selection().Targets(p.items)
	if s := p.selection(); s.Explicit() {
		targets = nil
		for _, ns := range s.IncludeNamespaces {
			targets = append(targets, s.Target(ns))
		}
	} else if p.unlisted != nil {
		check.Err = fmt.Errorf("which namespaces are restored cannot be told: %w", p.unlisted)
		return check
	}
	var there []string
	for _, name := range targets {
		if err := p.Guard(ctx, p.in, name); err != nil {
			check.Err = err
			return check
		}
		var ns corev1.Namespace
		err := p.Retry(ctx, func() error { return p.Get(ctx, client.ObjectKey{Name: name}, &ns) })
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			check.Err = err
			return check
		case ns.DeletionTimestamp.IsZero():
			there = append(there, name)
		}
	}
	return p.checkThere(ctx, check, targets, there)
}

func (p *preflight) checkThere(ctx context.Context, check steps.Check, targets, there []string) steps.Check {
	switch {
	case len(there) == 0:
		check.Message = fmt.Sprintf("not there yet: %s", strings.Join(targets, ", "))
		return check
	case p.Existing != "fail":
		check.Message = fmt.Sprintf("there already: %s; existing: %s", strings.Join(there, ", "), p.Existing)
		return check
	case p.unlisted != nil:
		check.Err = fmt.Errorf("%s exist already, and what the backup would put into them cannot be told: %w", strings.Join(there, ", "), p.unlisted)
		return check
	}
	looking := *p.restore // there is Run's to keep
	looking.there = there
	found, err := looking.existing(ctx, p.items, p.own)
	switch {
	case err != nil:
		check.Err = err
	case len(found) > 0:
		check.Err = fmt.Errorf("%s: Velero would skip what exists and restore no data of its volumes; delete it first, or say existing: keep or update", exist(found))
	default:
		check.Message = fmt.Sprintf("nothing of the backup is in %s", strings.Join(there, ", "))
	}
	return check
}

// checkClasses: the storage classes of the backup's claims are there, or mapped.
func (p *preflight) checkClasses(ctx context.Context) steps.Check {
	check := steps.Check{Name: checkClasses}
	claims := func(i contents.Item) bool { return i.Kind == "PersistentVolumeClaim" }
	if p.unlisted == nil && !slices.ContainsFunc(p.items, claims) {
		check.Message = "no claims are restored"
		return check
	}
	wanted, err := p.classes(ctx)
	if err != nil {
		check.Message = "not checked: " + err.Error()
		return check
	}
	known, err := p.knownClasses(ctx)
	if err != nil {
		check.Err = err
		return check
	}
	var missing []string
	for _, class := range wanted {
		if !slices.Contains(known, class) {
			missing = append(missing, class)
		}
	}
	if len(missing) > 0 {
		check.Err = fmt.Errorf("the cluster has no StorageClass %s, which claims in the backup want: make it, or map it in a ConfigMap with the label velero.io/change-storage-class", strings.Join(missing, ", "))
		return check
	}
	check.Message = fmt.Sprintf("there or mapped: %s", strings.Join(wanted, ", "))
	return check
}

// classes are those that the selected claims want.
func (p *preflight) classes(ctx context.Context) ([]string, error) {
	read, write := io.Pipe()
	go func() {
		write.CloseWithError(p.Download(ctx, velerov1.DownloadTargetKindBackupContents, p.FromBackup, p.backup.Spec.StorageLocation, write))
	}()
	defer read.Close()
	claims, err := contents.Claims(read)
	if err != nil {
		return nil, err
	}
	var classes []string
	for _, c := range claims {
		if c.StorageClass != "" && p.selection().TakesNamespace(c.Namespace) {
			classes = append(classes, c.StorageClass)
		}
	}
	slices.Sort(classes)
	return slices.Compact(classes), nil
}

// knownClasses are those of the cluster, those that are mapped to them, and those
// that the restore brings along.
func (p *preflight) knownClasses(ctx context.Context) ([]string, error) {
	var list storagev1.StorageClassList
	if err := p.Retry(ctx, func() error { return p.List(ctx, &list) }); err != nil {
		return nil, err
	}
	var known []string
	for _, c := range list.Items {
		known = append(known, c.Name)
	}
	for _, i := range p.items {
		if i.Kind == "StorageClass" && p.ClusterResources != clusterExcluded {
			known = append(known, i.Name)
		}
	}
	var maps corev1.ConfigMapList
	err := p.Retry(ctx, func() error {
		return p.List(ctx, &maps, client.InNamespace(p.Namespace), client.HasLabels{"velero.io/change-storage-class"})
	})
	for _, m := range maps.Items {
		for from, to := range m.Data {
			if slices.Contains(known, to) {
				known = append(known, from)
			}
		}
	}
	return known, err
}

// checkVersions: the cluster serves what is restored, or its definitions come
// along.
func (p *preflight) checkVersions(context.Context) steps.Check {
	check := steps.Check{Name: checkVersions}
	if p.unlisted != nil {
		check.Message = "not checked: " + p.unlisted.Error()
		return check
	}
	asker, err := discovery.NewDiscoveryClientForConfig(p.Config)
	if err != nil {
		check.Err = p.Explain(err)
		return check
	}
	_, lists, err := asker.ServerGroupsAndResources()
	if len(lists) == 0 && err != nil {
		check.Err = p.Explain(err)
		return check
	}
	served := map[string]bool{}
	for _, list := range lists {
		for _, res := range list.APIResources {
			served[list.GroupVersion+" "+res.Kind] = true
		}
	}
	if missing := p.unservedKinds(served); len(missing) > 0 {
		check.Err = fmt.Errorf("the cluster does not serve %s, which is in the backup: install what brings it, or exclude_resources", strings.Join(missing, ", "))
		return check
	}
	check.Message = "the cluster serves all kinds in the backup"
	return check
}

func (p *preflight) unservedKinds(served map[string]bool) []string {
	var missing []string
	for _, i := range p.items {
		name := i.GroupVersion().String() + " " + i.Kind
		if !served[name] && !slices.Contains(missing, name) && !p.brings(i) {
			missing = append(missing, name)
		}
	}
	return missing
}

// brings reports whether the restore brings a definition of the kind's group.
func (p *preflight) brings(kind contents.Item) bool {
	if p.ClusterResources == clusterExcluded {
		return false
	}
	return slices.ContainsFunc(p.items, func(i contents.Item) bool {
		return i.Kind == "CustomResourceDefinition" && kind.Group != "" && strings.HasSuffix(i.Name, "."+kind.Group)
	})
}
