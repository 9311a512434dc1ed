package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// meanings are Kubernetes' own finalizers, and what they wait for.
var meanings = map[string]string{
	"foregroundDeletion":                           "what it owns goes first, and is not gone",
	"orphan":                                       "the garbage collector has yet to release what it owns",
	"kubernetes.io/pvc-protection":                 "a pod uses it",
	"kubernetes.io/pv-protection":                  "a claim is bound to it",
	"customresourcecleanup.apiextensions.k8s.io":   "objects of its kind are left",
	"batch.kubernetes.io/job-tracking":             "the Job's controller has yet to count it",
	"service.kubernetes.io/load-balancer-cleanup":  "the cloud's load balancer is not gone",
	"snapshot.storage.kubernetes.io/pvc-as-source": "a snapshot is made of it",
}

// holds says why an object that was deleted is still there.
func holds(ctx context.Context, c *kubeclient.Client, o *metav1.PartialObjectMetadata) string {
	full := new(unstructured.Unstructured)
	full.SetGroupVersionKind(o.GroupVersionKind())
	if err := c.Get(ctx, client.ObjectKeyFromObject(o), full); err != nil {
		if apierrors.IsNotFound(err) {
			return kubeclient.Ref(o) + " has gone since"
		}
		return fmt.Sprintf("%s: it cannot be told what holds it: %v", kubeclient.Ref(o), c.Explain(err))
	}
	var why []string
	if full.GetDeletionTimestamp() == nil {
		why = append(why, "it is not marked for deletion")
	}
	for _, f := range full.GetFinalizers() {
		why = append(why, finalizer(full, f))
	}
	if isNamespace(full.GroupVersionKind().GroupKind()) {
		why = append(why, contents(ctx, c, full)...)
	}
	if full.GetKind() == "Pod" && len(why) == 0 {
		node, _, _ := unstructured.NestedString(full.Object, "spec", "nodeName")
		why = append(why, fmt.Sprintf("the kubelet of the node %s has not stopped it", node))
	}
	return kubeclient.Ref(o) + ": " + strings.Join(why, "; ")
}

// finalizer says whose it is, and what it waits for.
func finalizer(o *unstructured.Unstructured, name string) string {
	text := "the finalizer " + name + " holds it"
	if by := setBy(o, name); by != "" {
		text += ", set by " + by
	}
	if meaning := meanings[name]; meaning != "" {
		text += ": " + meaning
	}
	return text
}

// setBy is the field manager that owns a finalizer.
func setBy(o *unstructured.Unstructured, name string) string {
	for _, entry := range o.GetManagedFields() {
		var fields struct {
			Metadata struct {
				Finalizers map[string]any `json:"f:finalizers"`
			} `json:"f:metadata"`
		}
		if entry.FieldsV1 == nil || json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) != nil {
			continue
		}
		if _, owns := fields.Metadata.Finalizers[`v:"`+name+`"`]; owns {
			return entry.Manager
		}
	}
	return ""
}

// contents says what a namespace that is being deleted still holds: the objects
// with finalizers, else what the namespace's own conditions say.
func contents(ctx context.Context, c *kubeclient.Client, ns *unstructured.Unstructured) []string {
	kinds, err := c.Kinds(ctx)
	if err != nil {
		return []string{fmt.Sprintf("it cannot be told what is in it: %v", err)}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var found []string
	for _, kind := range kinds {
		if !kind.Namespaced || !kind.Listable {
			continue
		}
		wg.Go(func() {
			held := heldObjects(ctx, c, kind, ns.GetName())
			mu.Lock()
			defer mu.Unlock()
			found = append(found, held...)
		})
	}
	wg.Wait()
	slices.Sort(found)
	if len(found) > 0 {
		return found
	}
	return conditions(ns)
}

func heldObjects(ctx context.Context, c *kubeclient.Client, kind kubeclient.Served, namespace string) []string {
	list := kind.List()
	if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return nil // the namespace's conditions say it
	}
	var held []string
	for i := range list.Items {
		for _, f := range list.Items[i].GetFinalizers() {
			held = append(held, fmt.Sprintf("%s: %s", kubeclient.Ref(&list.Items[i]), finalizer(&list.Items[i], f)))
		}
	}
	return held
}

// conditions are what keeps the namespace, in its own words.
func conditions(ns *unstructured.Unstructured) []string {
	all, _, _ := unstructured.NestedSlice(ns.Object, "status", "conditions")
	var texts []string
	for _, c := range all {
		fields, _ := c.(map[string]any)
		if fields["status"] == "True" {
			texts = append(texts, fmt.Sprint(fields["message"]))
		}
	}
	return texts
}
