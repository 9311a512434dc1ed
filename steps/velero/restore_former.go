package velero

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/velero/internal/server"
)

// undoFormer stops what earlier attempts left going, deletes what they created,
// and waits until it is gone.
func (r *restore) undoFormer(ctx context.Context) error {
	for attempt := r.in.Attempt - 1; attempt >= 1; attempt-- {
		var former velerov1.Restore
		err := r.Retry(ctx, func() error { return r.Get(ctx, r.Key(server.NameOf(r.in, attempt)), &former) })
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return err
		}
		if err := errors.Join(r.undo(ctx, &former), r.takeRules(ctx, former.Name)); err != nil {
			return fmt.Errorf("the earlier attempt %s stands in the way: %w", former.Name, err)
		}
	}
	return r.deleteOwnNamespaces(ctx)
}

func (r *restore) undo(ctx context.Context, former *velerov1.Restore) error {
	if !server.OfRestore(former.Status.Phase).Ended() {
		r.in.Progress("stopping the earlier attempt " + former.Name)
		if err := r.stop(ctx, former); err != nil {
			return err
		}
	}
	made, err := r.createdBy(ctx, former)
	if err != nil || len(made) == 0 {
		return err
	}
	r.in.Progress(fmt.Sprintf("deleting %d objects of the earlier attempt %s", len(made), former.Name))
	r.in.Log.Info("deleting what an earlier attempt created", "restore", former.Name, "objects", len(made))
	if err := r.deleteAll(ctx, made); err != nil {
		return err
	}
	return r.awaitDeleted(ctx, made)
}

// stop ends a restore that is going on. One that has not begun is deleted; of
// another the volumes are called off, for which it waits.
func (r *restore) stop(ctx context.Context, former *velerov1.Restore) error {
	var list velerov1.RestoreList
	for {
		if server.RestoreWaits(former.Status.Phase) {
			if err := r.takeBack(ctx, former); !apierrors.IsConflict(err) {
				return r.Explain(err)
			}
		} else if err := r.watcher().Stop(ctx, former); err != nil {
			return err
		}
		err := r.awaitEnd(ctx, &list, former)
		if !errors.Is(err, errMore) {
			return err
		}
		if len(list.Items) > 0 {
			former = &list.Items[0]
		}
	}
}

// errMore: it may have begun, or have made more volumes to write, since.
var errMore = errors.New("it goes on")

func (r *restore) awaitEnd(ctx context.Context, list *velerov1.RestoreList, former *velerov1.Restore) error {
	short, cancel := context.WithTimeoutCause(ctx, lookAgain, errMore)
	defer cancel()
	err := r.Await(short, list, func() (bool, error) {
		return len(list.Items) == 0 || server.OfRestore(list.Items[0].Status.Phase).Ended(), nil
	}, r.One(former.Name)...)
	if ctx.Err() == nil {
		return err
	}
	return r.late(ctx, former)
}

// createdBy finds every object that a restore created: it has its label, and is
// not older. With existing: update Velero labels what was there before, too.
func (r *restore) createdBy(ctx context.Context, former *velerov1.Restore) ([]metav1.PartialObjectMetadata, error) {
	kinds, err := r.deletable()
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var made []metav1.PartialObjectMetadata
	var errs []error
	for _, kind := range kinds {
		wg.Go(func() {
			found, err := r.labelled(ctx, kind, former)
			mu.Lock()
			defer mu.Unlock()
			made = append(made, found...)
			errs = append(errs, err)
		})
	}
	wg.Wait()
	return made, errors.Join(errs...)
}

// deletable are the kinds that can be listed and deleted, but for Velero's own:
// those are its records.
func (r *restore) deletable() ([]schema.GroupVersionKind, error) {
	asker, err := discovery.NewDiscoveryClientForConfig(r.Config)
	if err != nil {
		return nil, r.Explain(err)
	}
	lists, err := asker.ServerPreferredResources()
	if len(lists) == 0 && err != nil {
		return nil, r.Explain(err)
	}
	able := discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "delete"}}, lists)
	var kinds []schema.GroupVersionKind
	for _, list := range able {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil || gv.Group == server.Group {
			continue
		}
		for _, res := range list.APIResources {
			kinds = append(kinds, gv.WithKind(res.Kind))
		}
	}
	return kinds, nil
}

func (r *restore) labelled(ctx context.Context, kind schema.GroupVersionKind, former *velerov1.Restore) ([]metav1.PartialObjectMetadata, error) {
	list := metadataList(kind)
	// The name is short enough to be the label's value as it is.
	err := r.Retry(ctx, func() error { return r.List(ctx, list, client.MatchingLabels{velerov1.RestoreNameLabel: former.Name}) })
	if unserved(err) || apierrors.IsMethodNotSupported(err) {
		return nil, nil
	}
	var made []metav1.PartialObjectMetadata
	for _, o := range list.Items {
		if !o.CreationTimestamp.Before(&former.CreationTimestamp) {
			o.SetGroupVersionKind(kind)
			made = append(made, o)
		}
	}
	return made, err
}

func metadataList(kind schema.GroupVersionKind) *metav1.PartialObjectMetadataList {
	list := new(metav1.PartialObjectMetadataList)
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	return list
}

func (r *restore) deleteAll(ctx context.Context, made []metav1.PartialObjectMetadata) error {
	for i := range made {
		o := &made[i]
		err := r.Retry(ctx, func() error {
			return client.IgnoreNotFound(r.Delete(ctx, o, client.Preconditions{UID: &o.UID}, client.PropagationPolicy(metav1.DeletePropagationBackground)))
		})
		if err != nil && !apierrors.IsConflict(err) { // another object of the name by now
			return fmt.Errorf("delete %s: %w", nameOf(o), err)
		}
	}
	return nil
}

// awaitDeleted waits until all are gone; what remains is named with what holds it.
func (r *restore) awaitDeleted(ctx context.Context, made []metav1.PartialObjectMetadata) error {
	byKind := map[schema.GroupVersionKind]map[string]bool{}
	for _, o := range made {
		kind := o.GroupVersionKind()
		if byKind[kind] == nil {
			byKind[kind] = map[string]bool{}
		}
		byKind[kind][string(o.UID)] = true
	}
	label := client.MatchingLabels{velerov1.RestoreNameLabel: made[0].Labels[velerov1.RestoreNameLabel]}
	for kind, uids := range byKind {
		list, last := metadataList(kind), ""
		err := r.Await(ctx, list, func() (bool, error) {
			last = ""
			for i := range list.Items {
				if o := &list.Items[i]; uids[string(o.UID)] {
					o.SetGroupVersionKind(kind)
					last = held(o)
				}
			}
			if last != "" {
				r.in.Progress(last)
			}
			return last == "", nil
		}, label)
		if err != nil && last != "" {
			return fmt.Errorf("%w: %s", err, last)
		}
		if err != nil && !unserved(err) {
			return err
		}
	}
	return nil
}

func held(o *metav1.PartialObjectMetadata) string {
	text := nameOf(o) + " is being deleted"
	if !o.DeletionTimestamp.IsZero() {
		text += " since " + o.DeletionTimestamp.UTC().Format(time.TimeOnly) + " UTC"
	}
	if len(o.Finalizers) > 0 {
		text += ", and held by " + strings.Join(o.Finalizers, ", ")
	}
	return text
}

func nameOf(o *metav1.PartialObjectMetadata) string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// deleteOwnNamespaces deletes target namespaces that an earlier attempt of this
// step made in this drill, with what controllers put into them. In a recovery
// people may have done their part there; it is left to them.
func (r *restore) deleteOwnNamespaces(ctx context.Context) error {
	if r.in.Mode != "drill" || r.in.Attempt == 1 {
		return nil
	}
	for _, name := range r.targets {
		var ns corev1.Namespace
		err := r.Retry(ctx, func() error { return r.Get(ctx, client.ObjectKey{Name: name}, &ns) })
		if err == nil && r.madeByStep(&ns) && ns.Annotations["drplan.dev/attempt"] != fmt.Sprint(r.in.Attempt) {
			err = r.Delete(ctx, &ns, client.Preconditions{UID: &ns.UID})
		}
		if client.IgnoreNotFound(err) != nil {
			return r.Explain(err)
		}
	}
	return nil
}
