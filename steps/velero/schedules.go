package velero

import (
	"context"
	"errors"
	"fmt"
	"maps"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps/velero/internal/server"
)

// errNoSchedule says that there is no Schedule of a name.
var errNoSchedule = errors.New("there is no Schedule")

func findSchedule(ctx context.Context, velero *server.Server, name string) (*velerov1.Schedule, error) {
	var schedule velerov1.Schedule
	err := velero.Retry(ctx, func() error { return velero.Get(ctx, velero.Key(name), &schedule) })
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("%w %s in the namespace %s: velero schedule get lists those that are there", errNoSchedule, name, velero.Namespace)
	}
	return &schedule, err
}

func allSchedules(ctx context.Context, velero *server.Server) ([]velerov1.Schedule, error) {
	var all velerov1.ScheduleList
	err := velero.Retry(ctx, func() error { return velero.List(ctx, &all, client.InNamespace(velero.Namespace)) })
	return all.Items, err
}

func merged(m, more map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, m)
	maps.Copy(out, more)
	return out
}
