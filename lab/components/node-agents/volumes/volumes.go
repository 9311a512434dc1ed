// Package volumes gives every claim of its storage class a persistent volume of
// its own: a folder, as a volume of the kind "local", which Velero's file-system
// backup takes (it refuses hostPath). A volume that is deleted takes its folder
// along.
//
// It runs on the node whose folders it makes.
package volumes

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// name is what storage classes call this provisioner.
const name = "drplan.dev/local-volumes"

// Run serves claims until ctx ends.
func Run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("local-volumes", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "the cluster")
	dir := flags.String("dir", "", "the folder that holds a folder for each volume")
	node := flags.String("node", "", "the name of the node that this runs on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || *node == "" {
		return errors.New("-dir and -node are needed")
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	// There is one node, hence one of these: nobody to elect against.
	controller.NewProvisionController(ctx, client, name, provisioner{*dir, *node}, controller.LeaderElection(false)).Run(ctx)
	return nil
}

type provisioner struct{ dir, node string }

// Provision makes the volume's folder. Its name is the volume's, which is never
// used twice; that it exists already is an earlier try.
func (p provisioner) Provision(_ context.Context, o controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	path := filepath.Join(p.dir, o.PVName)
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	if err := os.Chmod(path, 0o777); err != nil { // past the umask: pods run as anybody
		return nil, controller.ProvisioningFinished, err
	}
	return p.volume(o, path), controller.ProvisioningFinished, nil
}

func (p provisioner) volume(o controller.ProvisionOptions, path string) *v1.PersistentVolume {
	mode := v1.PersistentVolumeFilesystem
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: o.PVName},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			AccessModes:                   o.PVC.Spec.AccessModes,
			VolumeMode:                    &mode,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: o.PVC.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeSource:        v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: path}},
			NodeAffinity: &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{
				MatchExpressions: []v1.NodeSelectorRequirement{{
					Key: v1.LabelHostname, Operator: v1.NodeSelectorOpIn, Values: []string{p.node},
				}},
			}}}},
		},
	}
}

// Delete removes the volume's folder.
func (p provisioner) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	if volume.Spec.Local == nil || filepath.Dir(volume.Spec.Local.Path) != filepath.Clean(p.dir) {
		return &controller.IgnoredError{Reason: "no volume of this folder"}
	}
	return os.RemoveAll(volume.Spec.Local.Path)
}
