package velero

import (
	"context"
	"errors"
	"sync"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/velero/internal/server"
)

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
