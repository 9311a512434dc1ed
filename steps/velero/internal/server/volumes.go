package server

import (
	"cmp"
	"context"
	"fmt"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// OfBackupName selects what Velero made for a backup, such as its
// PodVolumeBackups. Velero shortens a name that is longer than a label's value;
// those that Name gives are not.
func (s *Server) OfBackupName(name string) []client.ListOption {
	return []client.ListOption{client.InNamespace(s.Namespace), client.MatchingLabels{velerov1.BackupNameLabel: name}}
}

// Volumes is how far the volumes of a backup are.
type Volumes struct {
	Total, Done       int
	Bytes, TotalBytes int64
	Open              []string // those that are not done, each with its state
}

// CountVolumes sums up PodVolumeBackups.
func CountVolumes(all []velerov1.PodVolumeBackup) Volumes {
	v := Volumes{Total: len(all)}
	for i := range all {
		b := &all[i]
		v.Bytes += b.Status.Progress.BytesDone
		v.TotalBytes += b.Status.Progress.TotalBytes
		switch b.Status.Phase {
		case velerov1.PodVolumeBackupPhaseCompleted:
			v.Done++
		default:
			v.Open = append(v.Open, describeVolume(b))
		}
	}
	return v
}

func describeVolume(b *velerov1.PodVolumeBackup) string {
	text := fmt.Sprintf("volume %s of pod %s/%s on node %s is %s", b.Spec.Volume, b.Spec.Pod.Namespace, b.Spec.Pod.Name, b.Spec.Node, cmp.Or(b.Status.Phase, velerov1.PodVolumeBackupPhaseNew))
	if b.Status.Message != "" {
		text += ": " + b.Status.Message
	}
	return text
}

func (v Volumes) String() string {
	const mebi = 1 << 20
	if v.Total == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d volumes, %d of %d MiB", v.Done, v.Total, v.Bytes/mebi, v.TotalBytes/mebi)
}

// PodVolumeBackups lists those of a backup.
func (s *Server) PodVolumeBackups(ctx context.Context, backup string) ([]velerov1.PodVolumeBackup, error) {
	var all velerov1.PodVolumeBackupList
	err := s.Retry(ctx, func() error { return s.List(ctx, &all, s.OfBackupName(backup)...) })
	return all.Items, err
}
