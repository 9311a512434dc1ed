package velero

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/contents"
	"github.com/drplan/drplan/steps/velero/internal/server"
	"github.com/drplan/drplan/steps/velero/internal/stuck"
)

// findTargets finds the namespaces to restore into, and which are there already.
func (r *restore) findTargets(ctx context.Context) error {
	if s := r.selection(); s.Explicit() {
		for _, ns := range s.IncludeNamespaces {
			if s.TakesNamespace(ns) {
				r.targets = append(r.targets, s.Target(ns))
			}
		}
	} else {
		items, err := r.selected(ctx)
		if err != nil {
			return err
		}
		r.targets = s.Targets(items)
	}
	if r.in.Attach {
		return r.recall(ctx)
	}
	return nil
}

// recall reads from the Restore what was there before it.
func (r *restore) recall(ctx context.Context) error {
	var o velerov1.Restore
	if err := r.Retry(ctx, func() error { return r.Get(ctx, r.Key(r.name), &o) }); err != nil {
		return client.IgnoreNotFound(err) // waiting says that it is gone
	}
	r.recallFrom(&o)
	return nil
}

func (r *restore) recallFrom(o *velerov1.Restore) {
	r.there, r.proof = thereBefore(o), o.Annotations[proofAnnotation]
}

func thereBefore(o *velerov1.Restore) []string {
	return strings.FieldsFunc(o.Annotations[thereAnnotation], func(c rune) bool { return c == ',' })
}

// selected are the objects of the backup that the step restores.
func (r *restore) selected(ctx context.Context) ([]contents.Item, error) {
	items, err := r.list(ctx, velerov1.DownloadTargetKindBackupResourceList, r.FromBackup)
	if err != nil {
		return nil, fmt.Errorf("what is in the backup cannot be read: %w", err)
	}
	return r.selection().Take(items, r.RESTMapper()), nil
}

func (r *restore) list(ctx context.Context, kind velerov1.DownloadTargetKind, name string) ([]contents.Item, error) {
	var data bytes.Buffer
	if err := r.Download(ctx, kind, name, r.backup.Spec.StorageLocation, &data); err != nil {
		return nil, err
	}
	return contents.Parse(data.Bytes())
}

// awaitGone waits for target namespaces that are being deleted, and keeps which
// of the others are there. Velero would wait, too, and fail after ten minutes.
func (r *restore) awaitGone(ctx context.Context) error {
	var all corev1.NamespaceList
	last := ""
	err := r.Await(ctx, &all, func() (bool, error) {
		r.there, last = nil, ""
		for i := range all.Items {
			ns := &all.Items[i]
			switch {
			case !slices.Contains(r.targets, ns.Name):
			case !ns.DeletionTimestamp.IsZero():
				last = stuck.Terminating(ns)
				r.in.Progress(last)
			case !r.madeByStep(ns):
				r.there = append(r.there, ns.Name)
			}
		}
		return last == "", nil
	})
	if err != nil && last != "" {
		return fmt.Errorf("%w: %s", err, last)
	}
	return err
}

// madeByStep reports whether an attempt of this step made the namespace.
func (r *restore) madeByStep(ns *corev1.Namespace) bool {
	return server.Ours(ns, r.in) && ns.Annotations[server.StepLabel] == r.in.StepID
}

// markAll marks what the restore made whatever became of it, even when ctx is
// done: cleanup must find it.
func (r *restore) markAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	return r.markNamespaces(ctx)
}

// markNamespaces says on the namespaces that the restore made which run it was,
// so that the drill's cleanup may delete them.
func (r *restore) markNamespaces(ctx context.Context) error {
	if r.in.Mode != "drill" {
		return nil
	}
	for _, name := range r.targets {
		if slices.Contains(r.there, name) {
			continue
		}
		if err := r.markNamespace(ctx, name); err != nil {
			return fmt.Errorf("mark the namespace %s as made by this run: %w", name, err)
		}
	}
	return nil
}

func (r *restore) markNamespace(ctx context.Context, name string) error {
	var ns corev1.Namespace
	err := r.Get(ctx, client.ObjectKey{Name: name}, &ns)
	if apierrors.IsNotFound(err) || err == nil && (r.madeByStep(&ns) || !ns.DeletionTimestamp.IsZero()) {
		return nil
	}
	if err != nil {
		return r.Explain(err)
	}
	before := client.MergeFrom(ns.DeepCopy())
	server.Mark(&ns, r.in)
	return r.Explain(client.IgnoreNotFound(r.Patch(ctx, &ns, before)))
}

// refuseExisting refuses to begin where an object of the backup exists: Velero
// would skip it, and the data of its volumes, and report success.
func (r *restore) refuseExisting(ctx context.Context) error {
	if r.Existing != "fail" || len(r.there) == 0 {
		return nil
	}
	items, err := r.selected(ctx)
	if err != nil {
		return err
	}
	found, err := r.existing(ctx, items, nil)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return steps.Final(fmt.Errorf("%s: Velero would skip what exists, restore no data of its volumes, and report success; delete it first, or say existing: keep or update", exist(found)))
	}
	return nil
}

// shown is how many objects an error names.
const shown = 5

func exist(found []string) string {
	what := strings.Join(found[:min(len(found), shown)], ", ")
	if more := len(found) - shown; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	if len(found) == 1 {
		return what + " exists already"
	}
	return what + " exist already"
}

// existing are the objects in the target namespaces that the backup has, too, but
// for those that one of the restores made which will be undone.
func (r *restore) existing(ctx context.Context, items []contents.Item, undone []string) ([]string, error) {
	wanted := map[contents.Item]bool{}
	var places []contents.Item // kind and namespace
	for _, i := range items {
		to := r.selection().Target(i.Namespace)
		if i.Namespace == "" || !slices.Contains(r.there, to) || ownedByCluster(i.Kind, i.Name) {
			continue
		}
		key := contents.Item{GroupVersionKind: i.GroupVersionKind, Namespace: to}
		if !slices.Contains(places, key) {
			places = append(places, key)
		}
		key.Name = i.Name
		wanted[key] = true
	}
	var found []string
	for _, p := range places {
		var list metav1.PartialObjectMetadataList
		list.SetGroupVersionKind(p.GroupVersion().WithKind(p.Kind + "List"))
		err := r.Retry(ctx, func() error { return r.List(ctx, &list, r.inPlace(p.Namespace)...) })
		if unserved(err) {
			continue // another check says that the cluster does not serve it
		}
		if err != nil {
			return nil, err
		}
		for _, o := range list.Items {
			if key := (contents.Item{GroupVersionKind: p.GroupVersionKind, Namespace: p.Namespace, Name: o.Name}); wanted[key] && !slices.Contains(undone, o.Labels[velerov1.RestoreNameLabel]) {
				found = append(found, key.String())
			}
		}
	}
	return found, nil
}

func (r *restore) inPlace(namespace string) []client.ListOption {
	opts := []client.ListOption{client.InNamespace(namespace)}
	if chosen, err := labelSelector(r.Selector); err == nil {
		opts = append(opts, client.MatchingLabelsSelector{Selector: chosen})
	}
	return opts
}
