package velero

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/contents"
)

// checkClasses: the storage classes of the backup's claims are there, or mapped.
func (p *preflight) checkClasses(ctx context.Context) steps.Check {
	check := steps.Check{Name: checkClasses}
	claims := func(i contents.Item) bool { return i.Kind == "PersistentVolumeClaim" }
	if p.unlisted == nil && !slices.ContainsFunc(p.items, claims) {
		check.Message = "no claims are restored"
		return check
	}
	wanted, err := p.classes(ctx)
	if err != nil {
		check.Message = "not checked: " + err.Error()
		return check
	}
	known, err := p.knownClasses(ctx)
	if err != nil {
		check.Err = err
		return check
	}
	var missing []string
	for _, class := range wanted {
		if !slices.Contains(known, class) {
			missing = append(missing, class)
		}
	}
	if len(missing) > 0 {
		check.Err = fmt.Errorf("the cluster has no StorageClass %s, which claims in the backup want: make it, or map it in a ConfigMap with the label velero.io/change-storage-class", strings.Join(missing, ", "))
		return check
	}
	check.Message = fmt.Sprintf("there or mapped: %s", strings.Join(wanted, ", "))
	return check
}

// classes are those that the selected claims want.
func (p *preflight) classes(ctx context.Context) ([]string, error) {
	read, write := io.Pipe()
	go func() {
		write.CloseWithError(p.Download(ctx, velerov1.DownloadTargetKindBackupContents, p.FromBackup, p.backup.Spec.StorageLocation, write))
	}()
	defer read.Close()
	claims, err := contents.Claims(read)
	if err != nil {
		return nil, err
	}
	chosen, err := labelSelector(p.Selector)
	if err != nil {
		return nil, err
	}
	pods := p.unlisted != nil || slices.ContainsFunc(p.items, func(i contents.Item) bool { return i.Kind == "Pod" })
	var classes []string
	for _, c := range claims {
		if c.StorageClass != "" && p.selection().TakesNamespace(c.Namespace) && c.Selected(chosen, pods) {
			classes = append(classes, c.StorageClass)
		}
	}
	slices.Sort(classes)
	return slices.Compact(classes), nil
}

// knownClasses are those of the cluster, those that are mapped to them, and those
// that the restore brings along.
func (p *preflight) knownClasses(ctx context.Context) ([]string, error) {
	var list storagev1.StorageClassList
	if err := p.Retry(ctx, func() error { return p.List(ctx, &list) }); err != nil {
		return nil, err
	}
	var known []string
	for _, c := range list.Items {
		known = append(known, c.Name)
	}
	for _, i := range p.items {
		if i.Kind == "StorageClass" && p.ClusterResources != clusterExcluded {
			known = append(known, i.Name)
		}
	}
	var maps corev1.ConfigMapList
	err := p.Retry(ctx, func() error {
		return p.List(ctx, &maps, client.InNamespace(p.Namespace), client.HasLabels{"velero.io/change-storage-class"})
	})
	for _, m := range maps.Items {
		for from, to := range m.Data {
			if slices.Contains(known, to) {
				known = append(known, from)
			}
		}
	}
	return known, err
}
