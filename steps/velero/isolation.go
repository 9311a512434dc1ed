package velero

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/isolate"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// isolates decides whether what is restored is kept from acting, and says why.
func (r *restore) isolates() (bool, string) {
	switch {
	case r.Isolation != nil && r.Isolation.Policy == denyAll:
		return true, "the plan says so"
	case r.Isolation != nil:
		return false, r.Isolation.Reason
	case r.in.Mode != "drill":
		return false, "in a recovery the service must come back"
	case len(r.Mappings) > 0:
		return true, "it is restored beside what it is a copy of"
	case r.backup != nil && fromElsewhere(r.backup):
		return true, "the backup was read from the bucket of another cluster, whose workloads may run"
	}
	return false, "it is restored where the drill took it away"
}

// isolate makes the target namespaces closed before anything is in them, and
// gives Velero the rules for what it restores.
func (r *restore) isolate(ctx context.Context) error {
	if kind := r.askedTakenOut(); kind != "" {
		return steps.Final(r.validateTakenOut())
	}
	for _, ns := range r.targets {
		r.in.Progress("isolating the namespace " + ns)
		if err := r.isolateNamespace(ctx, ns); err != nil {
			return err
		}
	}
	return r.giveRules(ctx)
}

// notProven begins the output isolation_proof where nothing shows that the isolation
// holds; the rest says why.
const notProven = "not proven: "

// unprobed is the output isolation_proof where no probe was run.
const unprobed = notProven + "no probe_image was given"

func (r *restore) probed() bool { return r.Isolation != nil && r.Isolation.ProbeImage != "" }

// unproven is what a reader of the report must know of the isolation.
func (r *restore) unproven() string {
	why, is := strings.CutPrefix(r.proof, notProven)
	if !is {
		return ""
	}
	return "that what was restored reached nobody is not proven: " + why
}

func (r *restore) isolateNamespace(ctx context.Context, ns string) error {
	if _, err := isolate.Namespace(ctx, r.Client, ns, func(o *corev1.Namespace) { server.Mark(o, r.in) }); err != nil {
		return err
	}
	deny := func() error {
		return isolate.Deny(ctx, r.Client, ns, func(o *networkingv1.NetworkPolicy) { server.Mark(o, r.in) })
	}
	if !r.probed() {
		r.proof = unprobed
		r.in.Log.Warn("nothing proves that the namespace is isolated: give isolation.probe_image", "namespace", ns)
		return deny()
	}
	if slices.Contains(r.there, ns) {
		// It has policies and pods of others: what a probe saw would not be ours.
		r.proof = notProven + "the namespace " + ns + " was there before"
		return deny()
	}
	return r.prove(ctx, ns, deny)
}

// prove shows with a pod that a connection which was open is denied.
func (r *restore) prove(ctx context.Context, ns string, deny func() error) error {
	if err := isolate.Lift(ctx, r.Client, ns); err != nil { // of an attempt that was cut off here
		return err
	}
	probe, err := isolate.Start(ctx, r.Client, ns, r.Isolation.ProbeImage, func(o *corev1.Pod) { server.Mark(o, r.in) })
	if err != nil {
		return err
	}
	err = deny()
	if err == nil {
		err = probe.Denied(ctx)
	}
	if stopped := probe.Stop(ctx); stopped != nil {
		return errors.Join(err, stopped)
	}
	switch {
	case errors.Is(err, isolate.ErrOpen) && r.Isolation.Unproven == "report":
		r.proof = notProven + err.Error()
		r.in.Log.Warn("the isolation does not hold: " + err.Error())
		return nil
	case errors.Is(err, isolate.ErrOpen):
		return steps.Final(fmt.Errorf("%w: nothing was restored; what runs there could reach production. Restore into a cluster that cannot, and say so with isolation: {policy: none, reason: …}, or take unproven: report", err))
	case err == nil:
		r.proof = "a connection to the API server that was open was denied"
	}
	return err
}

// giveRules makes the ConfigMap that the Restore names, before it. Until there is a
// Restore to belong to it belongs to the backup: whatever becomes of us, the
// cluster deletes it with its owner.
func (r *restore) giveRules(ctx context.Context) error {
	rules, err := isolate.Rules()
	if err != nil {
		return err
	}
	o := &corev1.ConfigMap{Data: map[string]string{"rules.yaml": rules}}
	o.Namespace, o.Name = r.Namespace, r.name
	o.OwnerReferences = []metav1.OwnerReference{ownedBy("Backup", r.backup)}
	server.Mark(o, r.in)
	return r.Retry(ctx, func() error {
		err := r.Create(ctx, o)
		if apierrors.IsAlreadyExists(err) {
			return r.Update(ctx, o)
		}
		return err
	})
}

// bindRules gives the rules to the Restore, which is often deleted long before the
// backup. Where that fails they are the backup's still.
func (r *restore) bindRules(ctx context.Context, owner *velerov1.Restore) {
	o := &corev1.ConfigMap{}
	o.Namespace, o.Name = r.Namespace, r.name
	err := r.Retry(ctx, func() error {
		if err := r.Get(ctx, client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		o.OwnerReferences = []metav1.OwnerReference{ownedBy("Restore", owner)}
		return r.Update(ctx, o)
	})
	if err != nil && ctx.Err() == nil {
		r.in.Log.Warn("the rules of the isolation stay with the backup", "configmap", o.Name, "error", err.Error())
	}
}

func ownedBy(kind string, owner client.Object) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: velerov1.SchemeGroupVersion.String(), Kind: kind, Name: owner.GetName(), UID: owner.GetUID()}
}

// clearRules removes the rules of a restore that has read them, even when ctx is
// done: it does so before it begins.
func (r *restore) clearRules(ctx context.Context, o *velerov1.Restore) error {
	if o == nil || o.Spec.ResourceModifier == nil || server.RestoreWaits(o.Status.Phase) {
		return nil
	}
	return r.takeRules(ctx, o.Name)
}

func (r *restore) takeRules(ctx context.Context, restore string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	o := &corev1.ConfigMap{}
	o.Namespace, o.Name = r.Namespace, restore
	return r.Retry(ctx, func() error { return client.IgnoreNotFound(r.Delete(ctx, o)) })
}

// fromElsewhere reports whether Velero found the backup in a bucket: it then
// made the object after the backup had ended. One that was made here was an
// object first.
func fromElsewhere(b *velerov1.Backup) bool {
	end := b.Status.CompletionTimestamp
	return !end.IsZero() && b.CreationTimestamp.After(end.Time)
}
