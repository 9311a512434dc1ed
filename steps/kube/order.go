package kube

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const crdGroup = "apiextensions.k8s.io"

// stages puts in order what needs one another: namespaces and CRDs before what
// lives in them; webhooks after all else, which they would turn away while
// nobody serves them yet. Within a stage the order is the author's.
func stages(objects []*unstructured.Unstructured) [][]*unstructured.Unstructured {
	out := make([][]*unstructured.Unstructured, 3)
	for _, o := range objects {
		n := 1
		switch gk := o.GroupVersionKind().GroupKind(); {
		case isNamespace(gk), isCRD(gk):
			n = 0
		case gk.Group == "admissionregistration.k8s.io":
			n = 2
		}
		out[n] = append(out[n], o)
	}
	return out
}

func isNamespace(gk schema.GroupKind) bool { return gk == schema.GroupKind{Kind: "Namespace"} }

func isCRD(gk schema.GroupKind) bool {
	return gk == schema.GroupKind{Group: crdGroup, Kind: "CustomResourceDefinition"}
}

// defines are the kinds that the CRDs among the objects bring.
func defines(objects []*unstructured.Unstructured) map[schema.GroupKind]bool {
	kinds := map[schema.GroupKind]bool{}
	for _, o := range objects {
		if isCRD(o.GroupVersionKind().GroupKind()) {
			group, _, _ := unstructured.NestedString(o.Object, "spec", "group")
			kind, _, _ := unstructured.NestedString(o.Object, "spec", "names", "kind")
			kinds[schema.GroupKind{Group: group, Kind: kind}] = true
		}
	}
	return kinds
}
