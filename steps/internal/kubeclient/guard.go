package kubeclient

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
)

// RunAnnotation on a namespace names the run that made it. It is an annotation
// because a run's id may be longer than a label's value.
const RunAnnotation = "drplan.dev/run"

// protected are the namespaces that no drill's disaster may hit, however the
// cluster is marked: without them nothing would be left to recover with.
var protected = []string{"kube-system", "velero"}

// Guard says why a step must not change the namespace, or nil. A recovery may
// change all. A drill may change a cluster that is marked `drill: true` and
// pinned, elsewhere only namespaces that this run made or that are not there yet;
// "" means objects of the whole cluster. Ask again just before the change.
func (c *Client) Guard(ctx context.Context, in *steps.Run, namespace string) error {
	if in.Mode != "drill" {
		return nil
	}
	if in.Phase == "disaster" && slices.Contains(protected, namespace) {
		return steps.Final(fmt.Errorf("a disaster must not hit the namespace %s: nothing would be left to recover with", namespace))
	}
	if t := in.Cluster; t != nil && t.Drill && t.Pinned() {
		return nil
	}
	if namespace == "" {
		return steps.Final(errors.New("a drill must not change objects of the whole cluster here: name a cluster that is marked `drill: true` and pinned"))
	}
	var ns corev1.Namespace
	err := c.Get(ctx, client.ObjectKey{Name: namespace}, &ns)
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return c.Explain(err)
	case ns.Annotations[RunAnnotation] != in.RunID:
		return steps.Final(fmt.Errorf("a drill must not change the namespace %s, which this run did not make: use one that it makes, or a cluster that is marked `drill: true` and pinned", namespace))
	}
	return nil
}
