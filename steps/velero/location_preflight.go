package velero

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

const checkCredential = "credential"

// PreflightEarly checks what no earlier step gives.
func (s *locationStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	_, checks := s.preflight(ctx, in)
	return checks
}

// preflight is PreflightEarly, with the server where it can be reached.
func (s *locationStep) preflight(ctx context.Context, in *steps.Run) (*server.Server, []steps.Check) {
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return nil, unreached
	}
	return velero, []steps.Check{
		velero.CheckAccess(ctx, s.needs(velero)...),
		{Name: checkGuard, Err: velero.Guard(ctx, in, velero.Namespace)},
		velero.CheckRunning(ctx),
	}
}

// Preflight checks what the change needs.
func (s *locationStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	velero, checks := s.preflight(ctx, in)
	if velero == nil {
		return checks
	}
	checks = append(checks, s.checkThere(ctx, velero))
	if s.Credential != nil && s.Credential.Content == "" {
		checks = append(checks, s.checkCredential(ctx, velero))
	}
	return checks
}

func (s *locationStep) needs(velero *server.Server) []kubeclient.Access {
	needs := []kubeclient.Access{velero.Need("backupstoragelocations", "get", "list", "watch", "patch")}
	if s.Bucket != "" {
		needs = append(needs, velero.Need("backupstoragelocations", "create"))
	}
	if c := s.Credential; c != nil {
		verbs := []string{"get"}
		if c.Content != "" {
			verbs = []string{"get", "create", "patch"}
		}
		needs = append(needs, kubeclient.Access{Verbs: verbs, Resource: "secrets", Namespace: velero.Namespace})
	}
	return needs
}

func (s *locationStep) checkThere(ctx context.Context, velero *server.Server) steps.Check {
	check := steps.Check{Name: server.CheckLocation}
	l, err := s.current(ctx, velero)
	switch {
	case err != nil:
		check.Err, check.Defer = err, errors.Is(err, server.ErrNoLocation)
	case l == nil:
		check.Message = "the location " + s.Name + " will be made"
	default:
		check.Message = "the location " + s.Name + " is there"
	}
	return check
}

func (s *locationStep) checkCredential(ctx context.Context, velero *server.Server) steps.Check {
	check := steps.Check{Name: checkCredential}
	var secret corev1.Secret
	err := velero.Retry(ctx, func() error { return velero.Get(ctx, velero.Key(s.Credential.Secret), &secret) })
	switch {
	case apierrors.IsNotFound(err):
		check.Err = fmt.Errorf("there is no Secret %s in the namespace %s: give credential.content, or make it before", s.Credential.Secret, velero.Namespace)
		check.Defer = true
	case err != nil:
		check.Err = err
	case len(secret.Data[s.Credential.Key]) == 0:
		check.Err = fmt.Errorf("the Secret %s has no key %s: see credential.key", s.Credential.Secret, s.Credential.Key)
	}
	return check
}
