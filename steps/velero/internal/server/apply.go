package server

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
)

// fieldOwner is who the API server says has set the fields.
const fieldOwner = client.FieldOwner("drplan")

// ApplyObject makes an object, or makes it as it should be, on the server's side:
// fields that it does not name stay as they are, and one that another has set
// otherwise is an error. It reports whether anything changed.
func (s *Server) ApplyObject(ctx context.Context, object client.Object) (changed bool, err error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return false, err
	}
	u := &unstructured.Unstructured{Object: fields}
	delete(u.Object, "status")
	prune(u.Object)
	before, err := s.version(ctx, u)
	if err != nil {
		return false, err
	}
	err = s.Retry(ctx, func() error { return s.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), fieldOwner) })
	switch {
	case apierrors.IsConflict(err):
		err = steps.Final(fmt.Errorf("the %s %s is there and others keep it otherwise: %w", u.GetKind(), u.GetName(), err))
	case apierrors.IsInvalid(err):
		err = steps.Final(err)
	}
	return before != u.GetResourceVersion(), err
}

// version is the resourceVersion of what is there, "" when nothing is.
func (s *Server) version(ctx context.Context, of *unstructured.Unstructured) (string, error) {
	there := &unstructured.Unstructured{}
	there.SetGroupVersionKind(of.GroupVersionKind())
	err := s.Retry(ctx, func() error { return s.Get(ctx, client.ObjectKeyFromObject(of), there) })
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	return there.GetResourceVersion(), s.Absent(err)
}

// prune takes out what the types write although it was not set: to apply it
// would be to own it.
func prune(object map[string]any) {
	for name, value := range object {
		switch v := value.(type) {
		case nil:
			delete(object, name)
		case string:
			if v == "0s" {
				delete(object, name)
			}
		case map[string]any:
			if name != "config" && name != "data" { // there every word is the plan's
				prune(v)
			}
			if len(v) == 0 && name != "template" { // which a schedule must have
				delete(object, name)
			}
		}
	}
}
