package stuck

import (
	"context"
	"fmt"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	velerov2 "github.com/vmware-tanzu/velero/pkg/apis/velero/v2alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Watcher looks at the restores of one server.
type Watcher struct {
	*server.Server
	Targets []string // namespaces that are restored into
}

// Why is what keeps the restore from moving, the cause that explains most first,
// "" when nothing was found.
func (w *Watcher) Why(ctx context.Context, r *velerov1.Restore) (string, error) {
	if text := w.serverDown(ctx); text != "" {
		return text, nil
	}
	if server.RestoreWaits(r.Status.Phase) {
		return w.queued(ctx)
	}
	return w.working(ctx, r)
}

func (w *Watcher) serverDown(ctx context.Context) string {
	d, err := w.Deployment(ctx)
	switch {
	case err != nil:
		return err.Error()
	case d.Status.AvailableReplicas > 0:
		return ""
	}
	text := fmt.Sprintf("the Velero server does not run (Deployment %s/%s)", d.Namespace, d.Name)
	var pods corev1.PodList
	if err := w.List(ctx, &pods, client.InNamespace(d.Namespace), client.MatchingLabels(d.Spec.Selector.MatchLabels)); err == nil {
		for i := range pods.Items {
			if why := w.pod(ctx, &pods.Items[i]); why != "" {
				text += "; " + why
			}
		}
	}
	return text
}

// queued: restores are worked on one after another.
func (w *Watcher) queued(ctx context.Context) (string, error) {
	before, err := w.InProgress(ctx)
	if err != nil || len(before) == 0 {
		return "the Velero server has not taken it up", err
	}
	first := before[0]
	text := fmt.Sprintf("it waits behind the restore %s, which is InProgress%s", first.Name, since(first.Status.StartTimestamp))
	why, err := w.working(ctx, &first)
	if why != "" {
		text += ": " + why
	}
	return text, err
}

// InProgress are the restores that the server works on; no other begins while
// there is one.
func (w *Watcher) InProgress(ctx context.Context) ([]velerov1.Restore, error) {
	return w.restores(ctx, func(r *velerov1.Restore) bool { return r.Status.Phase == velerov1.RestorePhaseInProgress })
}

// Waiting are the restores that have not begun.
func (w *Watcher) Waiting(ctx context.Context) ([]velerov1.Restore, error) {
	return w.restores(ctx, func(r *velerov1.Restore) bool { return server.RestoreWaits(r.Status.Phase) })
}

func (w *Watcher) restores(ctx context.Context, which func(*velerov1.Restore) bool) ([]velerov1.Restore, error) {
	var all velerov1.RestoreList
	if err := w.List(ctx, &all, client.InNamespace(w.Namespace)); err != nil {
		return nil, w.Explain(err)
	}
	var found []velerov1.Restore
	for _, r := range all.Items {
		if which(&r) && r.DeletionTimestamp.IsZero() {
			found = append(found, r)
		}
	}
	return found, nil
}

func (w *Watcher) working(ctx context.Context, r *velerov1.Restore) (string, error) {
	m, err := w.Movers(ctx, r)
	if err != nil {
		return "", err
	}
	var whys []string
	for i := range m.Files {
		if v := &m.Files[i]; !endedFiles(v.Status.Phase) {
			whys = append(whys, w.files(ctx, v))
		}
	}
	for i := range m.Data {
		if d := &m.Data[i]; !endedData(d.Status.Phase) {
			whys = append(whys, w.data(ctx, d))
		}
	}
	if len(whys) == 0 {
		whys = w.terminating(ctx)
	}
	return strings.Join(whys, "; "), nil
}

// terminating: Velero waits until a namespace that is being deleted is gone.
func (w *Watcher) terminating(ctx context.Context) []string {
	var whys []string
	for _, name := range w.Targets {
		var ns corev1.Namespace
		if err := w.Get(ctx, client.ObjectKey{Name: name}, &ns); err == nil && !ns.DeletionTimestamp.IsZero() {
			whys = append(whys, Terminating(&ns))
		}
	}
	return whys
}

// Terminating says what keeps a namespace from being gone.
func Terminating(ns *corev1.Namespace) string {
	text := fmt.Sprintf("the namespace %s is being deleted", ns.Name)
	for _, c := range ns.Status.Conditions {
		if c.Status == corev1.ConditionTrue && (c.Type == corev1.NamespaceFinalizersRemaining || c.Type == corev1.NamespaceContentRemaining || c.Type == corev1.NamespaceDeletionDiscoveryFailure) {
			text += ": " + c.Message
		}
	}
	return text
}

func (w *Watcher) data(ctx context.Context, d *velerov2.DataDownload) string {
	text := fmt.Sprintf("the DataDownload %s of the volume %s/%s is %s", d.Name, d.Spec.TargetVolume.Namespace, d.Spec.TargetVolume.PVC, orNew(string(d.Status.Phase)))
	if d.Status.Message != "" {
		text += ": " + d.Status.Message
	}
	if why := w.claim(ctx, d.Spec.TargetVolume.Namespace, d.Spec.TargetVolume.PVC); why != "" {
		text += ": " + why
	}
	if d.Status.Node != "" {
		if why := w.agent(ctx, d.Status.Node); why != "" {
			text += ": " + why
		}
	} else if why := w.agents(ctx); why != "" {
		text += ": " + why
	}
	return text
}

func orNew(phase string) string {
	if phase == "" {
		return "New"
	}
	return phase
}

func since(t *metav1.Time) string {
	if t.IsZero() {
		return ""
	}
	return " since " + t.UTC().Format("15:04:05 UTC")
}
