package velero

import (
	"context"
	"errors"
	"fmt"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// Run makes or changes the location and waits for it.
func (s *locationStep) Run(ctx context.Context, in *steps.Run) (steps.Outputs, error) {
	velero, err := s.Dial(in)
	if err != nil {
		return nil, err
	}
	if err := velero.Guard(ctx, in, velero.Namespace); err != nil {
		return nil, err
	}
	before, err := s.current(ctx, velero)
	if err != nil {
		return nil, err
	}
	applied, err := s.put(ctx, velero, before)
	if err != nil {
		return nil, err
	}
	changed, err := s.set(ctx, velero, applied)
	if err != nil {
		return nil, err
	}
	after, err := s.available(ctx, velero, in, before, applied) // how it is accessed does not make it another
	if err != nil {
		return nil, err
	}
	return locationOutputs(after, changed), nil
}

// Reconcile: what it does ends the same however often it is done.
func (s *locationStep) Reconcile(context.Context, *steps.Run) (steps.Verdict, steps.Outputs, error) {
	return steps.NeverBegun, nil, nil
}

// current is the location as it is, nil when it is to be made.
func (s *locationStep) current(ctx context.Context, velero *server.Server) (*velerov1.BackupStorageLocation, error) {
	var l velerov1.BackupStorageLocation
	err := velero.Retry(ctx, func() error { return velero.Get(ctx, velero.Key(s.Name), &l) })
	if apierrors.IsNotFound(err) && s.Bucket != "" {
		return nil, nil
	}
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("%w %s in the namespace %s: give provider and bucket to make it", server.ErrNoLocation, s.Name, velero.Namespace)
	}
	return &l, err
}

// put applies the location, and its Secret before it.
func (s *locationStep) put(ctx context.Context, velero *server.Server, before *velerov1.BackupStorageLocation) (changed bool, err error) {
	if s.Bucket == "" {
		return false, nil
	}
	if err := leaveSecond(ctx, before); err != nil {
		return false, err
	}
	renewed, err := s.putSecret(ctx, velero)
	if err != nil {
		return false, err
	}
	changed, err = velero.ApplyObject(ctx, s.wanted(velero.Namespace))
	return changed || renewed, err
}

func (s *locationStep) putSecret(ctx context.Context, velero *server.Server) (bool, error) {
	if s.Credential == nil || s.Credential.Content == "" {
		return false, nil
	}
	secret := &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Namespace: velero.Namespace, Name: s.Credential.Secret},
		Data:       map[string][]byte{s.Credential.Key: []byte(s.Credential.Content)},
	}
	return velero.ApplyObject(ctx, secret)
}

// wanted is the location that the fields describe. Whether it is the default and
// how it is accessed is set afterwards, as in one that is there already.
func (s *locationStep) wanted(namespace string) *velerov1.BackupStorageLocation {
	l := &velerov1.BackupStorageLocation{
		TypeMeta:   metav1.TypeMeta{APIVersion: velerov1.SchemeGroupVersion.String(), Kind: "BackupStorageLocation"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: s.Name},
		Spec: velerov1.BackupStorageLocationSpec{
			Provider: s.Provider, Config: s.Config,
			StorageType: velerov1.StorageType{ObjectStorage: &velerov1.ObjectStorageLocation{Bucket: s.Bucket, Prefix: s.Prefix, CACert: []byte(s.CACert)}},
			AccessMode:  velerov1.BackupStorageLocationAccessMode(s.accessMode()),
		},
	}
	if s.SyncPeriod > 0 {
		l.Spec.BackupSyncPeriod = &metav1.Duration{Duration: time.Duration(s.SyncPeriod)}
	}
	if c := s.Credential; c != nil {
		l.Spec.Credential = &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: c.Secret}, Key: c.Key}
	}
	return l
}

// set changes access mode and default where they are not so yet.
func (s *locationStep) set(ctx context.Context, velero *server.Server, changed bool) (bool, error) {
	var all velerov1.BackupStorageLocationList
	if err := velero.Retry(ctx, func() error { return velero.List(ctx, &all, client.InNamespace(velero.Namespace)) }); err != nil {
		return false, err
	}
	for i := range all.Items {
		l := &all.Items[i]
		before := l.DeepCopy()
		s.adjust(l)
		if l.Spec.Default == before.Spec.Default && l.Spec.AccessMode == before.Spec.AccessMode {
			continue
		}
		changed = true
		if err := velero.Retry(ctx, func() error { return velero.Patch(ctx, l, client.MergeFrom(before)) }); err != nil {
			return false, err
		}
	}
	return changed, nil
}

func (s *locationStep) adjust(l *velerov1.BackupStorageLocation) {
	if l.Name != s.Name {
		l.Spec.Default = l.Spec.Default && !s.Default
		return
	}
	l.Spec.Default = l.Spec.Default || s.Default
	if mode := s.accessMode(); mode != "" {
		l.Spec.AccessMode = velerov1.BackupStorageLocationAccessMode(mode)
	}
}

// available waits until Velero has found it Available; where it was applied anew,
// by a look after the one that before knows of.
func (s *locationStep) available(ctx context.Context, velero *server.Server, in *steps.Run, before *velerov1.BackupStorageLocation, applied bool) (*velerov1.BackupStorageLocation, error) {
	var list velerov1.BackupStorageLocationList
	var last *velerov1.BackupStorageLocation
	err := velero.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, errors.New("the location is gone: somebody has deleted it")
		}
		last = &list.Items[0]
		state := server.Available(last)
		if state != nil {
			in.Progress(state.Error())
		}
		return !s.Wait || state == nil && (!applied || lookedAgain(before, last)), nil
	}, velero.One(s.Name)...)
	if err != nil && ctx.Err() != nil && last != nil {
		state := server.Available(last)
		if state == nil {
			state = errors.New("it was not looked at since the change: does Velero run?")
		}
		return nil, fmt.Errorf("%w: %w", err, state)
	}
	return last.DeepCopy(), err
}

// leaveSecond waits until the second of Velero's last look is over: its times have
// no fractions, and another look in the same second would not show.
func leaveSecond(ctx context.Context, l *velerov1.BackupStorageLocation) error {
	if l == nil || l.Status.LastValidationTime == nil {
		return nil
	}
	rest := time.Until(l.Status.LastValidationTime.Add(time.Second + clockSlack))
	if rest <= 0 || rest > 2*time.Second { // the clocks differ: the next look will show
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(rest):
		return nil
	}
}

// clockSlack is by how much the server's clock may be ahead.
const clockSlack = 100 * time.Millisecond

// lookedAgain compares the server's own times. They have no fractions of a
// second: a second look within one is told by the phase, or by the next.
func lookedAgain(before, now *velerov1.BackupStorageLocation) bool {
	is := now.Status.LastValidationTime
	if before == nil || before.Status.LastValidationTime == nil {
		return is != nil
	}
	return is != nil && is.Time.After(before.Status.LastValidationTime.Time) || before.Status.Phase != now.Status.Phase
}

func locationOutputs(l *velerov1.BackupStorageLocation, changed bool) steps.Outputs {
	mode := readWrite
	if l.Spec.AccessMode == velerov1.BackupStorageLocationAccessModeReadOnly {
		mode = readOnly
	}
	out := steps.Outputs{
		"location": l.Name, "phase": string(l.Status.Phase), "access_mode": mode, "default": l.Spec.Default, "provider": l.Spec.Provider,
		"bucket": "", "prefix": "", "changed": changed,
	}
	if store := l.Spec.ObjectStorage; store != nil {
		out["bucket"], out["prefix"] = store.Bucket, store.Prefix
	}
	return out
}
