package velero

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/drplan/drplan/steps/velero/internal/contents"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// ofControllers are the kinds whose objects controllers make from other objects
// while these are being restored, of the same names.
var ofControllers = []string{"ServiceAccount", "Endpoints", "EndpointSlice", "ControllerRevision"}

// ownedByCluster reports whether the cluster itself puts an object into every
// namespace, or controllers do: that it exists says nothing of what was there.
func ownedByCluster(kind, name string) bool {
	switch {
	case slices.Contains(ofControllers, kind):
		return true
	case kind == "ConfigMap":
		return name == "kube-root-ca.crt" || name == "openshift-service-ca.crt"
	case kind == "RoleBinding":
		return strings.HasPrefix(name, "system:")
	}
	// A definition is no data: others share it, and it outlives the namespace.
	return kind == "CustomResourceDefinition"
}

// already reads Velero's warning of an object that it did not restore, with and
// without a policy for existing objects.
var already = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`could not restore, ([A-Za-z0-9]+)[: ]"?([^"\s]+?)"? already exists`)
})

// skippedByWarning are the messages of objects that existed with other content.
func skippedByWarning(warnings server.Messages) []string {
	var found []string
	for _, text := range warnings.All() {
		if m := already().FindStringSubmatch(text); m != nil && !ownedByCluster(m[1], m[2]) {
			place, _, _ := strings.Cut(text, ":")
			found = append(found, m[1]+" "+m[2]+" ("+place+")")
		}
	}
	return found
}

// skipped are the objects that existed with the same content, of which Velero
// does not even warn.
func skipped(items []contents.Item) []string {
	var found []string
	for _, i := range items {
		if i.Action == "skipped" && i.Namespace != "" && !ownedByCluster(i.Kind, i.Name) {
			found = append(found, i.String())
		}
	}
	return found
}

// unserved reports whether the cluster does not know a kind.
func unserved(err error) bool { return meta.IsNoMatchError(err) || apierrors.IsNotFound(err) }
