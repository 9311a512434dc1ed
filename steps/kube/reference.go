package kube

import (
	"fmt"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// reference names an object for another step: Deployment.apps shop/web.
func reference(o client.Object) string {
	gk := o.GetObjectKind().GroupVersionKind().GroupKind()
	if gk.Group == "" {
		return gk.Kind + " " + kubeclient.Key(o)
	}
	return gk.Kind + "." + gk.Group + " " + kubeclient.Key(o)
}

// parseReference takes such a name apart.
func parseReference(ref string) (kind, namespace, name string, err error) {
	kind, key, ok := strings.Cut(strings.TrimSpace(ref), " ")
	namespace, name, namespaced := strings.Cut(key, "/")
	if !namespaced {
		namespace, name = "", key
	}
	if !ok || name == "" || strings.ContainsAny(key, " ") {
		return "", "", "", fmt.Errorf("%q names no object: write it as \"Deployment shop/web\", or \"Namespace shop\"", ref)
	}
	return kind, namespace, name, nil
}
