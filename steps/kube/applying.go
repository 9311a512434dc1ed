package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// manager is the name under which drplan owns the fields that it applies.
const manager = "drplan"

// applying is an apply at work.
type applying struct {
	*apply
	*kubeclient.Client
	in      *steps.Run
	created *record
	own     map[schema.GroupKind]bool // kinds that its own CRDs define
	done    int
	total   int
	changed int
}

// objects are those of the manifests, with the namespace where it is to be made.
func (a *apply) objects() ([]*unstructured.Unstructured, error) {
	objects, err := a.read()
	if err != nil || !a.CreateNamespace {
		return objects, err
	}
	for _, o := range objects {
		if isNamespace(o.GroupVersionKind().GroupKind()) && o.GetName() == a.Namespace {
			return objects, nil
		}
	}
	ns := new(unstructured.Unstructured)
	ns.SetAPIVersion("v1")
	ns.SetKind("Namespace")
	ns.SetName(a.Namespace)
	return append(objects, ns), nil
}

// put applies one object.
func (j *applying) put(ctx context.Context, o *unstructured.Unstructured) error {
	kind, err := j.find(ctx, o.GroupVersionKind())
	if err == nil {
		j.place(o, kind)
		err = j.send(ctx, o)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", kubeclient.Ref(o), err)
	}
	j.done++
	j.in.Progress(fmt.Sprintf("%d of %d objects applied", j.done, j.total))
	return nil
}

// find finds the kind; one that a CRD of ours brings, once it is served.
func (j *applying) find(ctx context.Context, gvk schema.GroupVersionKind) (kind kubeclient.Served, err error) {
	for {
		err := j.Retry(ctx, func() error { kind, err = j.FindExact(ctx, gvk); return err })
		var notServed *kubeclient.NotServedError
		if !errors.As(err, &notServed) || !j.own[gvk.GroupKind()] {
			return kind, err
		}
		select {
		case <-ctx.Done():
			return kind, fmt.Errorf("%w, last seen: %w", context.Cause(ctx), err)
		case <-time.After(discoveryPause):
		}
	}
}

// discoveryPause is how often the API server is asked for a kind that it is about
// to serve: that cannot be watched.
const discoveryPause = 100 * time.Millisecond

// place gives an object the namespace that its kind wants.
func (a *apply) place(o *unstructured.Unstructured, kind kubeclient.Served) {
	switch {
	case !kind.Namespaced:
		o.SetNamespace("")
	case o.GetNamespace() == "":
		o.SetNamespace(a.Namespace)
	}
}

// changes is the namespace that applying the object changes; "" is the cluster.
func changes(o client.Object) string {
	if isNamespace(o.GetObjectKind().GroupVersionKind().GroupKind()) {
		return o.GetName()
	}
	return o.GetNamespace()
}

func (j *applying) send(ctx context.Context, o *unstructured.Unstructured) error {
	before, err := j.metadata(ctx, o)
	if err != nil {
		return err
	}
	if isNamespace(o.GroupVersionKind().GroupKind()) {
		j.mark(o, before)
	}
	if before == nil {
		if err := j.created.add(reference(o)); err != nil {
			return err
		}
	}
	opts := []client.ApplyOption{client.FieldOwner(manager)}
	if j.Force {
		opts = append(opts, client.ForceOwnership)
	}
	err = j.Retry(ctx, func() error {
		if err := j.Guard(ctx, j.in, changes(o)); err != nil {
			return err
		}
		return refused(j.Apply(ctx, client.ApplyConfigurationFromUnstructured(o), opts...))
	})
	if err != nil {
		return err
	}
	if before == nil || before.ResourceVersion != o.GetResourceVersion() {
		j.changed++
	}
	return nil
}

// metadata is nil where the object is not there.
func (j *applying) metadata(ctx context.Context, o *unstructured.Unstructured) (*metav1.PartialObjectMetadata, error) {
	found := new(metav1.PartialObjectMetadata)
	found.SetGroupVersionKind(o.GroupVersionKind())
	err := j.Retry(ctx, func() error { return j.Get(ctx, client.ObjectKeyFromObject(o), found) })
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return found, err
}

// mark makes a namespace this run's that a drill makes. One that it made before
// would lose its mark if it were applied without.
func (j *applying) mark(ns *unstructured.Unstructured, before *metav1.PartialObjectMetadata) {
	ours := before == nil || before.Annotations[kubeclient.RunAnnotation] == j.in.RunID
	if j.in.Mode != "drill" || !ours {
		return
	}
	marks := ns.GetAnnotations()
	if marks == nil {
		marks = map[string]string{}
	}
	marks[kubeclient.RunAnnotation] = j.in.RunID
	ns.SetAnnotations(marks)
}

// untyped is in the answer, an internal error, to an object that has a field which
// its kind does not know.
const untyped = "failed to create typed patch object"

// refused says of a conflict who owns what, and marks what no other attempt helps.
func refused(err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return err
	}
	switch {
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), strings.Contains(err.Error(), untyped):
		return steps.Final(err)
	case !apierrors.IsConflict(err) || status.Status().Details == nil:
		return err
	}
	var errs []error
	for _, cause := range status.Status().Details.Causes {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			errs = append(errs, fmt.Errorf("%s: %s", cause.Field, cause.Message))
		}
	}
	if len(errs) == 0 {
		return err
	}
	return steps.Final(fmt.Errorf("others own fields that it would change (force: true takes them over): %w", errors.Join(errs...)))
}
