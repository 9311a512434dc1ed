package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// deleting is a deletion at work.
type deleting struct {
	*deletion
	*kubeclient.Client
	in      *steps.Run
	deleted *record
	claims  map[types.UID]bool // PersistentVolumeClaims among them
	orphans []string
}

func (j *deleting) run(ctx context.Context) error {
	targets, absent, err := j.targets(ctx, j.Client)
	if err != nil {
		return err
	}
	for _, t := range targets {
		found, err := list(ctx, j.Client, t)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			absent = append(absent, t.String()+" is not there")
			continue
		}
		if err := j.remove(ctx, t, found); err != nil {
			return err
		}
	}
	if j.MustExist && len(j.deleted.refs) == 0 {
		return steps.Final(fmt.Errorf("there is nothing to delete: %s", strings.Join(absent, "; ")))
	}
	return j.volumes(ctx)
}

// remove deletes the objects, and waits until they are gone.
func (j *deleting) remove(ctx context.Context, t target, found []metav1.PartialObjectMetadata) error {
	for i := range found {
		asked := j.deleted.has(reference(&found[i])) // by a former attempt
		if err := j.deleted.add(reference(&found[i])); err != nil {
			return err
		}
		j.claims[found[i].UID] = t.Kind == "PersistentVolumeClaim"
		if asked && found[i].DeletionTimestamp != nil {
			continue
		}
		if err := j.send(ctx, t, &found[i]); err != nil {
			return fmt.Errorf("%s: %w", kubeclient.Ref(&found[i]), err)
		}
	}
	var left []metav1.PartialObjectMetadata
	listed := t.Metadata()
	err := j.Await(ctx, listed, func() (bool, error) {
		left = stillThere(found, listed.Items)
		if len(left) > 0 {
			j.in.Progress(fmt.Sprintf("%d of %d are gone; %s is still there", len(found)-len(left), len(found), kubeclient.Ref(&left[0])))
		}
		return len(left) == 0, nil
	}, t.options()...)
	if err == nil || isGone(err) {
		return nil
	}
	return j.explain(ctx, left, err)
}

var propagations = map[string]metav1.DeletionPropagation{
	"foreground": metav1.DeletePropagationForeground,
	"background": metav1.DeletePropagationBackground,
	"orphan":     metav1.DeletePropagationOrphan,
}

// send deletes one object, this very one: the UID is a condition.
func (j *deleting) send(ctx context.Context, t target, o *metav1.PartialObjectMetadata) error {
	opts := &client.DeleteOptions{
		Preconditions:     &metav1.Preconditions{UID: new(o.UID)},
		PropagationPolicy: new(propagations[j.Propagation]),
	}
	if j.GracePeriod != nil {
		opts.GracePeriodSeconds = new(int64(time.Duration(*j.GracePeriod) / time.Second))
	}
	bare := new(unstructured.Unstructured) // metadata alone can be deleted only of kinds that Go has a type for
	bare.SetGroupVersionKind(t.GroupVersionKind)
	bare.SetNamespace(o.Namespace)
	bare.SetName(o.Name)
	err := j.Retry(ctx, func() error {
		if err := j.Guard(ctx, j.in, t.changes()); err != nil {
			return err
		}
		return j.Delete(ctx, bare, opts)
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) { // gone, or another by now
		return nil
	}
	return err
}

// stillThere are those of the objects that a later list has.
func stillThere(objects, listed []metav1.PartialObjectMetadata) []metav1.PartialObjectMetadata {
	there := map[types.UID]bool{}
	for _, o := range listed {
		there[o.UID] = true
	}
	return slices.DeleteFunc(slices.Clone(objects), func(o metav1.PartialObjectMetadata) bool { return !there[o.UID] })
}

// explainTimeout bounds the look at what holds an object, after the deadline.
const explainTimeout = 3 * time.Second

// explain says what holds the objects that are left.
func (j *deleting) explain(ctx context.Context, left []metav1.PartialObjectMetadata, err error) error {
	if len(left) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), explainTimeout)
	defer cancel()
	const most = 5
	errs := []error{fmt.Errorf("%d objects are not gone: %w", len(left), err)}
	for i := range left[:min(len(left), most)] {
		errs = append(errs, errors.New(holds(ctx, j.Client, &left[i])))
	}
	if len(left) > most {
		errs = append(errs, fmt.Errorf("and %d more", len(left)-most))
	}
	return errors.Join(errs...)
}
