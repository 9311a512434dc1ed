package isolate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// ProbeName is that of the pod that tries connections.
const ProbeName = "drplan-probe"

// script tries the API server, which every cluster has and every pod is told
// about, again and again, and says each time how it went.
const script = `while :; do
  if nc -w 1 "$KUBERNETES_SERVICE_HOST" "$KUBERNETES_SERVICE_PORT" </dev/null >/dev/null 2>&1; then echo open; else echo denied; fi
  sleep 0.2
done`

// How long the parts of a probe may take.
const (
	probeStarts  = 90 * time.Second // its image may have to be pulled
	policyTakes  = 15 * time.Second // until an enforcer has seen a policy
	deniedInARow = 2                // one time-out may be an accident
)

// ErrOpen says that the network does not do what the policy says.
var ErrOpen = errors.New("nothing enforces network policies here")

// Probe is a pod in a namespace that is to be isolated.
type Probe struct {
	c         *kubeclient.Client
	namespace string
}

// Start runs the probe where nothing is denied yet, and waits until a connection
// was open: only then does a later failure prove anything.
func Start(ctx context.Context, c *kubeclient.Client, namespace, image string, mark func(*corev1.Pod)) (*Probe, error) {
	p := &Probe{c, namespace}
	pod := probePod(namespace, image)
	mark(pod)
	if err := p.Stop(ctx); err != nil { // one that an earlier attempt left
		return nil, err
	}
	if err := c.Retry(ctx, func() error { return client.IgnoreAlreadyExists(c.Create(ctx, pod)) }); err != nil {
		return nil, fmt.Errorf("make the pod %s/%s: %w", namespace, ProbeName, err)
	}
	if err := p.runs(ctx); err != nil {
		return nil, errors.Join(err, p.Stop(ctx))
	}
	if err := p.awaits(ctx, "open", 1, policyTakes); err != nil {
		return nil, errors.Join(fmt.Errorf("from a pod of the image %s in the namespace %s no connection to the API server succeeds, even before it is isolated: a denied one would prove nothing: %w", image, namespace, err), p.Stop(ctx))
	}
	return p, nil
}

// Denied waits until the connections fail; ErrOpen when they go on.
func (p *Probe) Denied(ctx context.Context) error {
	err := p.awaits(ctx, "denied", deniedInARow, policyTakes)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: a pod in the namespace %s still reached the API server %s after all its connections were denied", ErrOpen, p.namespace, policyTakes)
	}
	return err
}

// Stop removes the probe and waits until it is gone.
func (p *Probe) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	pod := &corev1.Pod{}
	pod.Namespace, pod.Name = p.namespace, ProbeName
	err := p.c.Retry(ctx, func() error { return p.c.Delete(ctx, pod, client.GracePeriodSeconds(0)) })
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	var pods corev1.PodList
	return p.c.Await(ctx, &pods, func() (bool, error) { return len(pods.Items) == 0, nil }, p.only()...)
}

func (p *Probe) only() []client.ListOption {
	return []client.ListOption{client.InNamespace(p.namespace), client.MatchingFields{"metadata.name": ProbeName}}
}

func (p *Probe) runs(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, probeStarts, fmt.Errorf("the pod %s/%s did not start within %s", p.namespace, ProbeName, probeStarts))
	defer cancel()
	var pods corev1.PodList
	return p.c.Await(ctx, &pods, func() (bool, error) {
		if len(pods.Items) == 0 {
			return false, fmt.Errorf("the pod %s/%s was deleted by somebody", p.namespace, ProbeName)
		}
		for _, s := range pods.Items[0].Status.ContainerStatuses {
			if w := s.State.Waiting; w != nil && (strings.Contains(w.Reason, "Image") || strings.Contains(w.Reason, "Error")) {
				return false, fmt.Errorf("the probe's container does not start: %s: %s", w.Reason, w.Message)
			}
		}
		return pods.Items[0].Status.Phase == corev1.PodRunning, nil
	}, p.only()...)
}

// awaits reads what the probe says until it has said the word times in a row.
func (p *Probe) awaits(ctx context.Context, word string, times int, within time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not within %s", within))
	defer cancel()
	set, err := kubernetes.NewForConfig(p.c.Config)
	if err != nil {
		return err
	}
	tail := int64(1)
	for {
		err := followed(ctx, set, p.namespace, &corev1.PodLogOptions{Follow: true, TailLines: &tail}, word, times)
		if err == nil {
			return nil
		}
		select { // the container is not there yet
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func probePod(namespace, image string) *corev1.Pod {
	no, grace := false, int64(0)
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyNever, AutomountServiceAccountToken: &no, TerminationGracePeriodSeconds: &grace,
		Containers: []corev1.Container{{
			Name: "probe", Image: image, Command: []string{"sh", "-c", script},
			SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}},
		}},
	}}
	pod.Namespace, pod.Name = namespace, ProbeName
	return pod
}
