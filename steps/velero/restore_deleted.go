package velero

import (
	"context"
	"fmt"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

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
