package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
)

// CheckLocation is the name of the preflight check of a location.
const CheckLocation = "storage_location"

// defaultLocation is the name that Velero takes for the default where none is marked.
const defaultLocation = "default"

// ErrNoLocation says that there is no BackupStorageLocation of a name.
var ErrNoLocation = errors.New("there is no BackupStorageLocation")

// Patience is how long a location that is Unavailable may take to be found Available
// again where nothing is wrong with it: Velero looks each minute.
const Patience = 70 * time.Second

// Location finds a BackupStorageLocation; "" means the default one.
func (s *Server) Location(ctx context.Context, name string) (*velerov1.BackupStorageLocation, error) {
	var all velerov1.BackupStorageLocationList
	if err := s.Retry(ctx, func() error { return s.List(ctx, &all, client.InNamespace(s.Namespace)) }); err != nil {
		return nil, s.Absent(err)
	}
	wanted := cmp.Or(name, defaultLocation)
	i := slices.IndexFunc(all.Items, func(l velerov1.BackupStorageLocation) bool {
		return l.Name == name || name == "" && l.Spec.Default
	})
	if i < 0 {
		i = slices.IndexFunc(all.Items, func(l velerov1.BackupStorageLocation) bool { return l.Name == wanted })
	}
	if i < 0 {
		return nil, fmt.Errorf("%w %s in the namespace %s: velero backup-location create makes one; there are %v", ErrNoLocation, wanted, s.Namespace, Names(all.Items))
	}
	return &all.Items[i], nil
}

// Names are those of the locations.
func Names(all []velerov1.BackupStorageLocation) []string {
	out := []string{}
	for _, l := range all {
		out = append(out, l.Name)
	}
	return out
}

// Available is nil for a location that Velero can use.
func Available(l *velerov1.BackupStorageLocation) error {
	if l.Status.Phase == velerov1.BackupStorageLocationPhaseAvailable {
		return nil
	}
	state := cmp.Or(string(l.Status.Phase), "not looked at yet")
	if l.Status.Message != "" {
		state += ": " + l.Status.Message
	}
	return fmt.Errorf("the BackupStorageLocation %s is %s", l.Name, state)
}

// AwaitAvailable gives a location the time that a moment's fault of its S3 takes to
// pass. Of one that stays Unavailable, or is not there, it says nothing: Velero will.
func (s *Server) AwaitAvailable(ctx context.Context, name string, tell func(string)) error {
	l, err := s.Location(ctx, name)
	if err != nil || Available(l) == nil {
		return context.Cause(ctx)
	}
	patient, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var list velerov1.BackupStorageLocationList
	err = s.Await(patient, &list, func() (bool, error) {
		for i := range list.Items {
			if err := Available(&list.Items[i]); err != nil {
				tell(err.Error())
				return false, nil
			}
		}
		return true, nil
	}, s.One(l.Name)...)
	if patient.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// CheckLocation is a preflight check: the location is Available and, where it
// must be written to, not read-only. "" means the default location. What a
// restore of volumes' files needs is writable too: velero#9626.
func (s *Server) CheckLocation(ctx context.Context, name string, writable bool) steps.Check {
	check := steps.Check{Name: CheckLocation}
	l, err := s.Location(ctx, name)
	if err != nil {
		check.Err, check.Lacks = err, steps.Velero
		check.Defer = errors.Is(err, ErrNoLocation) || errors.Is(err, ErrNoVelero)
		return check
	}
	check.Err, check.Passing = Available(l), Patience
	if check.Err == nil && writable && l.Spec.AccessMode == velerov1.BackupStorageLocationAccessModeReadOnly {
		check.Passing = 0
		check.Err = fmt.Errorf("the BackupStorageLocation %s is ReadOnly: set its accessMode to ReadWrite, as velero_location does", l.Name)
	}
	check.Message = fmt.Sprintf("the BackupStorageLocation %s is Available", l.Name)
	return check
}

// CheckLocationEarly is CheckLocation before the steps that may mend the location.
func (s *Server) CheckLocationEarly(ctx context.Context, name string, writable bool) steps.Check {
	check := s.CheckLocation(ctx, name, writable)
	check.Defer, check.Lacks = check.Err != nil, steps.Velero
	return check
}

// ErrNoVelero says that the cluster does not know Velero's kinds, or has no
// server where it was looked for.
var ErrNoVelero = errors.New("there is no Velero")

// Absent turns the error of a cluster without Velero's kinds into ErrNoVelero.
func (s *Server) Absent(err error) error {
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return fmt.Errorf("%w: the cluster has no %s API; velero install, or a velero_install step before this one", ErrNoVelero, Group)
	}
	return err
}
