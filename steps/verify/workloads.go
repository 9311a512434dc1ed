package verify

import (
	"cmp"
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// workloadsCheck wants every workload of its namespaces in the state that it asks
// for. One that asks for no pod is fine, and proves nothing.
type workloadsCheck struct {
	scope
}

func (w *workloadsCheck) access(context.Context, *kubeclient.Client) []kubeclient.Access {
	needs := w.scope.access("pods", "")
	for _, resource := range []string{"deployments", "statefulsets", "daemonsets", "replicasets"} {
		needs = append(needs, w.scope.access(resource, "apps")...)
	}
	return append(needs, w.scope.access("jobs", "batch")...)
}

// look judges each namespace by itself: one that is full proves nothing of another.
func (w *workloadsCheck) look(ctx context.Context, _ *steps.Run, c *kubeclient.Client) (string, error) {
	var all tally
	var tooFew error
	for _, namespace := range w.all() {
		t, err := w.tally(ctx, c, namespace)
		if err != nil {
			return "", err
		}
		if int64(t.good+len(t.bad)) < w.Min && tooFew == nil {
			tooFew = fmt.Errorf("%d workloads ready in %s, expected at least %d", t.good, namespace, w.Min)
		}
		all.good, all.bad = all.good+t.good, append(all.bad, t.bad...)
	}
	seen, err := all.judge("workloads ready", 0)
	return seen, cmp.Or(err, tooFew)
}

func (w *workloadsCheck) tally(ctx context.Context, c *kubeclient.Client, namespace string) (t tally, err error) {
	found, err := workloads(ctx, c, w.options(namespace))
	if err != nil {
		return t, err
	}
	for _, one := range found {
		if one.idle {
			continue
		}
		if one.why != "" {
			one.why = fmt.Sprintf("%s %s: %s%s", one.kind, kubeclient.Key(one.object), one.why, podsOf(ctx, c, one))
		}
		t.add(one.why == "", one.why)
	}
	return t, nil
}

// workload is one, judged.
type workload struct {
	kind     string
	object   client.Object
	selector *metav1.LabelSelector // of its pods
	idle     bool                  // it asks for no pod
	why      string                // it is not ready; "": it is
}

// workloads judges all of a namespace that nobody else controls.
func workloads(ctx context.Context, c *kubeclient.Client, opts []client.ListOption) ([]workload, error) {
	var deployments appsv1.DeploymentList
	var sets appsv1.StatefulSetList
	var daemons appsv1.DaemonSetList
	var replicas appsv1.ReplicaSetList
	var jobs batchv1.JobList
	var pods corev1.PodList
	for _, list := range []client.ObjectList{&deployments, &sets, &daemons, &replicas, &jobs, &pods} {
		if err := c.List(ctx, list, opts...); err != nil {
			return nil, c.Explain(err)
		}
	}
	var found []workload
	add := func(w workload) {
		if metav1.GetControllerOf(w.object) == nil {
			found = append(found, w)
		}
	}
	for i := range deployments.Items {
		add(ofDeployment(&deployments.Items[i]))
	}
	for i := range sets.Items {
		add(ofStatefulSet(&sets.Items[i]))
	}
	for i := range daemons.Items {
		add(ofDaemonSet(&daemons.Items[i]))
	}
	for i := range replicas.Items {
		add(ofReplicaSet(&replicas.Items[i]))
	}
	for i := range jobs.Items {
		add(ofJob(&jobs.Items[i]))
	}
	for i := range pods.Items {
		add(ofPod(&pods.Items[i]))
	}
	return found, nil
}

const unseen = "its controller has not seen its newest generation"

func wanted(replicas *int32) int32 {
	if replicas == nil {
		return 1
	}
	return *replicas
}

// progress is why too few of the pods are there: updated and available.
func progress(want, updated, available int32) string {
	switch {
	case updated < want:
		return fmt.Sprintf("%d of %d pods are of its newest version", updated, want)
	case available < want:
		return fmt.Sprintf("%d of %d pods are available", available, want)
	}
	return ""
}

func ofDeployment(d *appsv1.Deployment) workload {
	want, s := wanted(d.Spec.Replicas), d.Status
	w := workload{kind: "Deployment", object: d, selector: d.Spec.Selector, idle: want == 0 && s.Replicas == 0}
	w.why = progress(want, s.UpdatedReplicas, s.AvailableReplicas)
	switch {
	case s.ObservedGeneration < d.Generation:
		w.why = unseen
	case w.why == "" && s.Replicas > s.UpdatedReplicas:
		w.why = fmt.Sprintf("%d pods of an older version are left", s.Replicas-s.UpdatedReplicas)
	}
	return w
}

func ofStatefulSet(d *appsv1.StatefulSet) workload {
	want, s := wanted(d.Spec.Replicas), d.Status
	w := workload{kind: "StatefulSet", object: d, selector: d.Spec.Selector, idle: want == 0 && s.Replicas == 0}
	updated := s.UpdatedReplicas
	if d.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType || s.CurrentRevision == s.UpdateRevision {
		updated = s.Replicas
	}
	w.why = progress(want, updated, s.AvailableReplicas)
	if s.ObservedGeneration < d.Generation {
		w.why = unseen
	}
	return w
}

func ofDaemonSet(d *appsv1.DaemonSet) workload {
	s := d.Status
	w := workload{kind: "DaemonSet", object: d, selector: d.Spec.Selector, idle: s.DesiredNumberScheduled == 0}
	w.why = progress(s.DesiredNumberScheduled, s.UpdatedNumberScheduled, s.NumberAvailable)
	if s.ObservedGeneration < d.Generation {
		w.why, w.idle = unseen, false
	}
	return w
}

func ofReplicaSet(d *appsv1.ReplicaSet) workload {
	want, s := wanted(d.Spec.Replicas), d.Status
	w := workload{kind: "ReplicaSet", object: d, selector: d.Spec.Selector, idle: want == 0 && s.Replicas == 0}
	w.why = progress(want, s.Replicas, s.AvailableReplicas)
	if s.ObservedGeneration < d.Generation {
		w.why = unseen
	}
	return w
}

func ofJob(j *batchv1.Job) workload {
	w := workload{kind: "Job", object: j, selector: j.Spec.Selector, idle: j.Spec.Suspend != nil && *j.Spec.Suspend}
	w.why = "it is not complete"
	for _, c := range j.Status.Conditions {
		switch {
		case c.Status != corev1.ConditionTrue:
		case c.Type == batchv1.JobComplete:
			w.why = ""
		case c.Type == batchv1.JobFailed:
			w.why = "it failed: " + c.Message
		}
	}
	return w
}

func ofPod(p *corev1.Pod) workload {
	w := workload{kind: "Pod", object: p}
	if state := kubeclient.PodState(p); state != "ready" && p.Status.Phase != corev1.PodSucceeded {
		w.why = "it is " + state
	}
	return w
}

// podsOf says why the pods of a workload do not run, where that can be told.
func podsOf(ctx context.Context, c *kubeclient.Client, w workload) string {
	matches, err := metav1.LabelSelectorAsSelector(w.selector)
	var pods corev1.PodList
	if w.selector == nil || err != nil ||
		c.List(ctx, &pods, client.InNamespace(w.object.GetNamespace()), client.MatchingLabelsSelector{Selector: matches}) != nil {
		return ""
	}
	for i := range pods.Items {
		if state := kubeclient.PodState(&pods.Items[i]); state != "ready" {
			return fmt.Sprintf(" (%s is %s)", pods.Items[i].Name, state)
		}
	}
	return ""
}
