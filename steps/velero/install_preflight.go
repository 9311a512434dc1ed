package velero

import (
	"context"
	"errors"
	"fmt"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/internal/program"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

const checkTool = "velero_command"

// PreflightEarly is Preflight: all that the command needs is there before it.
func (s *installStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	return s.Preflight(ctx, in)
}

// Preflight checks what the command will need.
func (s *installStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	path, err := program.Find(s.Command, in.Dir, in.Environ())
	checks := []steps.Check{{Name: checkTool, Err: err, Message: path + " is there"}}
	velero, unreached := s.Reach(ctx, in)
	if unreached != nil {
		return append(checks, unreached...)
	}
	return append(checks,
		velero.CheckAccess(ctx, installAccess(velero)...),
		steps.Check{Name: checkGuard, Err: velero.Guard(ctx, in, "")},
		checkInstalled(ctx, velero))
}

// installAccess is what the command creates, and what is done beside it.
func installAccess(velero *server.Server) []kubeclient.Access {
	ns := velero.Namespace
	return []kubeclient.Access{
		{Verbs: []string{"create"}, Resource: "namespaces"},
		{Verbs: []string{"create"}, Group: "apiextensions.k8s.io", Resource: "customresourcedefinitions"},
		{Verbs: []string{"create"}, Group: "rbac.authorization.k8s.io", Resource: "clusterrolebindings"},
		{Verbs: []string{"create"}, Resource: "serviceaccounts", Namespace: ns},
		{Verbs: []string{"get", "create", "update"}, Resource: "secrets", Namespace: ns},
		{Verbs: []string{"list"}, Resource: "pods", Namespace: ns},
		{Verbs: []string{"create", "list", "watch"}, Group: "apps", Resource: "deployments", Namespace: ns},
		{Verbs: []string{"create", "list", "watch"}, Group: "apps", Resource: "daemonsets", Namespace: ns},
		velero.Need("backupstoragelocations", "create", "list", "watch"),
		velero.Need("serverstatusrequests", "create", "list", "watch", "delete"),
		velero.Need("schedules", "list", "patch"),
	}
}

// checkInstalled tells what is there; it refuses nothing.
func checkInstalled(ctx context.Context, velero *server.Server) steps.Check {
	check := steps.Check{Name: server.CheckRunning, Message: "Velero is not installed yet"}
	d, err := velero.Deployment(ctx)
	switch {
	case err == nil:
		check.Message = fmt.Sprintf("Velero %s is there already and stays as it is", server.Version(d))
	case !errors.Is(err, server.ErrNoVelero):
		check.Err = err
	}
	return check
}
