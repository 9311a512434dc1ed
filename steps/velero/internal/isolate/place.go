package isolate

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/internal/kubeclient"
)

// PolicyName is that of the policy that denies all, in each namespace.
const PolicyName = "drplan-deny-all"

// Namespace makes a namespace unless it is there; mark is called with the one
// that is made. It reports whether it was made.
func Namespace(ctx context.Context, c *kubeclient.Client, name string, mark func(*corev1.Namespace)) (bool, error) {
	ns := &corev1.Namespace{}
	ns.Name = name
	mark(ns)
	made := true
	err := c.Retry(ctx, func() error {
		err := c.Create(ctx, ns)
		if apierrors.IsAlreadyExists(err) {
			made = false
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("make the namespace %s: %w", name, err)
	}
	return made, nil
}

// Deny makes the policy that denies every connection into and out of a
// namespace's pods.
func Deny(ctx context.Context, c *kubeclient.Client, namespace string, mark func(*networkingv1.NetworkPolicy)) error {
	policy := &networkingv1.NetworkPolicy{Spec: denyAll()}
	policy.Namespace, policy.Name = namespace, PolicyName
	mark(policy)
	err := c.Retry(ctx, func() error {
		err := c.Create(ctx, policy)
		if apierrors.IsAlreadyExists(err) {
			return renew(ctx, c, policy)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("deny all connections in the namespace %s: %w", namespace, err)
	}
	return nil
}

// renew makes a policy of that name, which an earlier attempt left, say what it
// must.
func renew(ctx context.Context, c *kubeclient.Client, policy *networkingv1.NetworkPolicy) error {
	var there networkingv1.NetworkPolicy
	if err := c.Get(ctx, client.ObjectKeyFromObject(policy), &there); err != nil {
		return err
	}
	there.Spec = policy.Spec
	return c.Update(ctx, &there)
}

func denyAll() networkingv1.NetworkPolicySpec {
	return networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}}
}

// Lift removes the policy that Deny made.
func Lift(ctx context.Context, c *kubeclient.Client, namespace string) error {
	policy := &networkingv1.NetworkPolicy{}
	policy.Namespace, policy.Name = namespace, PolicyName
	return c.Retry(ctx, func() error { return client.IgnoreNotFound(c.Delete(ctx, policy)) })
}
