package velero

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	utilversion "k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Names of the preflight checks, as --override takes them.
const (
	checkRestores  = "restore_queue"
	checkTargets   = "target_namespaces"
	checkClasses   = "storage_classes"
	checkVersions  = "api_versions"
	checkIsolation = "isolation"
)

// PreflightEarly checks what does not need the backup.
func (s *restoreStep) PreflightEarly(ctx context.Context, in *steps.Run) []steps.Check {
	_, checks := s.preflight(ctx, in)
	return checks
}

// preflight is PreflightEarly, with the restore where there can be one.
func (s *restoreStep) preflight(ctx context.Context, in *steps.Run) (*restore, []steps.Check) {
	if _, unreached := s.Reach(ctx, in); unreached != nil {
		return nil, unreached
	}
	r, err := s.open(in)
	if err != nil {
		return nil, []steps.Check{{Name: server.CheckRunning, Err: err}}
	}
	return r, together(ctx, r.checkAccess, r.CheckRunning, r.checkQueue)
}

// Preflight checks all of it.
func (s *restoreStep) Preflight(ctx context.Context, in *steps.Run) []steps.Check {
	r, checks := s.preflight(ctx, in)
	if r == nil {
		return checks
	}
	backup := r.checkBackup(ctx)
	checks = append(checks, backup)
	if r.backup.Name == "" {
		return checks
	}
	p := r.lookInto(ctx)
	return append(checks, together(ctx, p.checkLocation, p.checkAgent, p.checkTargets, p.checkClasses, p.checkVersions, p.checkIsolation)...)
}

// ask is one check that is yet to be made.
type ask = func(context.Context) steps.Check

// access asks whether the kubeconfig's user may do all of it.
func access(velero *server.Server, needs ...kubeclient.Access) ask {
	return func(ctx context.Context) steps.Check { return velero.CheckAccess(ctx, needs...) }
}

// together asks all at once, and keeps those that said something, in order.
func together(ctx context.Context, asks ...ask) []steps.Check {
	checks := make([]steps.Check, len(asks))
	var wg sync.WaitGroup
	for i, ask := range asks {
		wg.Go(func() { checks[i] = ask(ctx) })
	}
	wg.Wait()
	return slices.DeleteFunc(checks, func(c steps.Check) bool { return c.Name == "" })
}

func (r *restore) checkAccess(ctx context.Context) steps.Check {
	needs := []kubeclient.Access{
		r.Need("restores", "create", "get", "list", "watch"), r.Need("backups", "get"),
		r.Need("podvolumerestores", "list", "patch"), r.Need("datadownloads", "list", "patch"),
		r.Need("downloadrequests", "create", "get", "list", "watch", "delete"),
		{Verbs: []string{"list"}, Group: "apps", Resource: "deployments", Namespace: r.Namespace},
		{Verbs: []string{"get", "list", "watch"}, Resource: "namespaces"},
	}
	if r.in.Mode == "drill" {
		needs = append(needs, kubeclient.Access{Verbs: []string{"patch"}, Resource: "namespaces"})
	}
	if isolated, _ := r.isolates(); isolated {
		needs = append(needs,
			kubeclient.Access{Verbs: []string{"create"}, Resource: "namespaces"},
			kubeclient.Access{Verbs: []string{"create", "update", "delete"}, Resource: "configmaps", Namespace: r.Namespace},
			kubeclient.Access{Verbs: []string{"create", "get", "update", "delete"}, Group: "networking.k8s.io", Resource: "networkpolicies"})
	}
	if r.probed() {
		needs = append(needs, kubeclient.Access{Verbs: []string{"create", "get", "list", "watch", "delete"}, Resource: "pods"},
			kubeclient.Access{Verbs: []string{"get"}, Resource: "pods/log"})
	}
	return r.CheckAccess(ctx, needs...)
}

// checkQueue: Velero works on one restore after another.
func (r *restore) checkQueue(ctx context.Context) steps.Check {
	check := steps.Check{Name: checkRestores}
	busy, err := r.watcher().InProgress(ctx)
	if err != nil {
		check.Err, check.Defer = err, unserved(err)
		return check
	}
	busy = slices.DeleteFunc(busy, func(o velerov1.Restore) bool { return r.own(&o) })
	if len(busy) == 0 {
		check.Message = "no restore is InProgress"
		return check
	}
	first := busy[0]
	text := fmt.Sprintf("the restore %s is InProgress, and this one would wait behind it", first.Name)
	if why, err := r.watcher().Why(ctx, &first); err == nil && why != "" {
		text += "; it waits itself: " + why
	}
	check.Err = fmt.Errorf("%s: wait until it has ended (kubectl -n %s get restores)", text, r.Namespace)
	return check
}

// own reports whether an attempt of this step made the restore.
func (r *restore) own(o *velerov1.Restore) bool {
	return server.Ours(o, r.in) && o.Annotations[server.StepLabel] == r.in.StepID
}

func (r *restore) checkBackup(ctx context.Context) steps.Check {
	check := steps.Check{Name: checkBackup}
	r.backup = new(velerov1.Backup)
	err := r.Retry(ctx, func() error { return r.Get(ctx, r.Key(r.FromBackup), r.backup) })
	if unserved(err) {
		check.Err, check.Defer = noBackup(r.FromBackup, r.Namespace), true
		return check
	}
	if err != nil {
		check.Err = err
		return check
	}
	check.Err = errors.Join(r.usable(), r.hasNamespaces())
	check.Message = fmt.Sprintf("the backup %s is %s, begun %s", r.FromBackup, r.backup.Status.Phase, stamp(r.backup.Status.StartTimestamp))
	return check
}

func (r *restore) usable() error {
	phase := r.backup.Status.Phase
	switch server.OfBackup(phase) {
	case server.Good:
		return nil
	case server.Partial:
		return fmt.Errorf("the backup %s ended PartiallyFailed: velero -n %s backup describe %[1]s --details says what is not in it", r.FromBackup, r.Namespace)
	case server.Going:
		return fmt.Errorf("the backup %s is not finished: it is %s", r.FromBackup, cmp.Or(phase, velerov1.BackupPhaseNew))
	}
	return fmt.Errorf("the backup %s is %s, and cannot be restored", r.FromBackup, phase)
}

// hasNamespaces holds the named namespaces against what the backup was told to
// take.
func (r *restore) hasNamespaces() error {
	spec := r.backup.Spec
	for _, ns := range r.IncludeNamespaces {
		if strings.ContainsAny(ns, "*?[") {
			continue
		}
		if !takes(spec.IncludedNamespaces, spec.ExcludedNamespaces, ns) {
			return fmt.Errorf("the backup %s does not have the namespace %s: it was told to take %s", r.FromBackup, ns, lists(spec.IncludedNamespaces, spec.ExcludedNamespaces))
		}
	}
	return nil
}

func lists(include, exclude []string) string {
	text := strings.Join(include, ", ")
	if text == "" {
		text = "all"
	}
	if len(exclude) > 0 {
		text += " but " + strings.Join(exclude, ", ")
	}
	return text
}

// checkLocation asks for a location that can be read, and written to where a repository is still to be
// opened by a Velero that does so for writing only: velero#9626.
func (p *preflight) checkLocation(ctx context.Context) steps.Check {
	writable := false
	if len(p.files) > 0 {
		var repositories velerov1.BackupRepositoryList
		err := p.List(ctx, &repositories, client.InNamespace(p.Namespace))
		writable = err == nil && !p.opensReadOnly(ctx) && !slices.ContainsFunc(repositories.Items, func(b velerov1.BackupRepository) bool {
			return b.Spec.BackupStorageLocation == p.backup.Spec.StorageLocation && b.Status.Phase == velerov1.BackupRepositoryPhaseReady
		})
	}
	check := p.CheckLocation(ctx, p.backup.Spec.StorageLocation, writable)
	if check.Err != nil && writable {
		check.Err = fmt.Errorf("%w (volumes are restored from files, and this cluster has no BackupRepository yet, which a Velero before %s can only make in a location that it may write to)", check.Err, readOnlySince)
	}
	return check
}

// readOnlySince is the first Velero that opens a repository in a location that is read-only.
const readOnlySince = "1.18.1"

func (p *preflight) opensReadOnly(ctx context.Context) bool {
	d, err := p.Deployment(ctx)
	return err == nil && isSince(server.Version(d), readOnlySince)
}

// isSince is false of a version that cannot be read, such as main.
func isSince(version, first string) bool {
	v, err := utilversion.ParseSemantic(version)
	return err == nil && v.AtLeast(utilversion.MustParseSemantic(first))
}

// checkAgent: only volumes' files need it.
func (p *preflight) checkAgent(ctx context.Context) steps.Check {
	if len(p.files) == 0 {
		return steps.Check{Name: server.CheckNodeAgent, Message: "no volume's files are restored"}
	}
	return p.CheckNodeAgent(ctx)
}

func (p *preflight) checkIsolation(ctx context.Context) steps.Check {
	isolated, why := p.isolates()
	if !isolated {
		return steps.Check{Name: checkIsolation, Message: "nothing is isolated: " + why}
	}
	check := steps.Check{Name: checkIsolation, Message: "all connections are denied, and what would act is taken out: " + why}
	if !p.probed() {
		check.Message += "; nothing will prove it, without probe_image"
	}
	if kind := p.askedTakenOut(); kind != "" {
		check.Err = p.validateTakenOut()
	}
	d, err := p.Deployment(ctx)
	if err == nil { // else another check says so
		check.Err = errors.Join(check.Err, server.TooOld(d, server.SinceMergePatches, "change what it restores by merge patches, which keep it from acting"))
	}
	return check
}
