package velero

import (
	"context"
	"fmt"
	"slices"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	velerolabel "github.com/vmware-tanzu/velero/pkg/label"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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
		check.Err = steps.Final(fmt.Errorf("%s: Velero would skip what exists and restore no data of its volumes; delete it first, or say existing: keep or update", exist(found)))
	default:
		check.Message = fmt.Sprintf("nothing of the backup is in %s", strings.Join(there, ", "))
	}
	return check
}
