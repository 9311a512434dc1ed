package velero

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/velero/internal/server"
	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
)

// awaitServer waits until the server's Deployment is as it should be, and the server
// itself answers; version is what it says it is.
func awaitServer(ctx context.Context, velero *server.Server, in *steps.Run) (d *appsv1.Deployment, version string, err error) {
	d, err = awaitDeployment(ctx, velero, in)
	if err != nil {
		return nil, "", err
	}
	in.Progress("waiting for the server to answer")
	version, err = velero.Answer(ctx)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: the server's Deployment is ready, but it does not answer: %s", err, podsOf(ctx, velero, d.Spec.Selector))
	}
	return d, version, err
}

func awaitDeployment(ctx context.Context, velero *server.Server, in *steps.Run) (*appsv1.Deployment, error) {
	d, err := velero.Deployment(ctx)
	if err != nil {
		return nil, err
	}
	var list appsv1.DeploymentList
	err = velero.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, errors.New("the server's Deployment is gone: somebody has deleted it")
		}
		d = list.Items[0].DeepCopy()
		in.Progress("waiting for the server")
		return d.Status.ObservedGeneration >= d.Generation && d.Status.AvailableReplicas > 0 && d.Status.UpdatedReplicas == d.Status.Replicas, nil
	}, velero.One(d.Name)...)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%w: the server is not ready: %s", err, podsOf(ctx, velero, d.Spec.Selector))
	}
	return d, err
}

// awaitLocation waits until the server that runs now has found the location Available:
// a restored etcd remembers what another one found.
func awaitLocation(ctx context.Context, velero *server.Server, in *steps.Run, d *appsv1.Deployment, l *velerov1.BackupStorageLocation) error {
	pods, err := podsBy(ctx, velero, d.Spec.Selector)
	if err != nil {
		return err
	}
	looked := l.Status.LastValidationTime
	old := looked == nil || looked.Time.Before(lastStart(pods))
	_, err = (&locationStep{Name: l.Name, Wait: true}).available(ctx, velero, in, l, old)
	return err
}

// lastStart is when the newest container of the pods was started.
func lastStart(pods []corev1.Pod) (last time.Time) {
	for i := range pods {
		for _, c := range pods[i].Status.ContainerStatuses {
			if c.State.Running != nil && c.State.Running.StartedAt.After(last) {
				last = c.State.Running.StartedAt.Time
			}
		}
	}
	return last
}

// awaitAgent waits until the agent is ready on every node.
func awaitAgent(ctx context.Context, velero *server.Server, in *steps.Run) error {
	var list appsv1.DaemonSetList
	selector := &metav1.LabelSelector{}
	err := velero.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, fmt.Errorf("velero install has made no DaemonSet %s", server.NodeAgent)
		}
		d := &list.Items[0]
		selector = d.Spec.Selector
		st := d.Status
		in.Progress(fmt.Sprintf("the node agent is ready on %d of %d nodes", st.NumberReady, st.DesiredNumberScheduled))
		return st.ObservedGeneration >= d.Generation && st.DesiredNumberScheduled > 0 && st.NumberReady == st.DesiredNumberScheduled && st.UpdatedNumberScheduled == st.DesiredNumberScheduled, nil
	}, velero.One(server.NodeAgent)...)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: the node agent is not ready: %s", err, podsOf(ctx, velero, selector))
	}
	return err
}

// podsOf says what keeps pods from being ready.
func podsOf(ctx context.Context, velero *server.Server, of *metav1.LabelSelector) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
	defer cancel()
	pods, err := podsBy(ctx, velero, of)
	if err != nil {
		return err.Error()
	}
	var texts []string
	for i := range pods {
		if why := kubeclient.NotReady(&pods[i]); why != "" {
			texts = append(texts, "pod "+pods[i].Name+": "+why)
		}
	}
	if len(pods) > 0 {
		return cmp.Or(few(texts), "all its pods are ready, as the API server knows them")
	}
	return "it has no pods"
}

// podsBy are the pods beside the server that a selector selects.
func podsBy(ctx context.Context, velero *server.Server, of *metav1.LabelSelector) ([]corev1.Pod, error) {
	selector, err := metav1.LabelSelectorAsSelector(of)
	if err != nil {
		return nil, err
	}
	var pods corev1.PodList
	err = velero.Retry(ctx, func() error {
		return velero.List(ctx, &pods, client.InNamespace(velero.Namespace), client.MatchingLabelsSelector{Selector: selector})
	})
	return pods.Items, err
}
