package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/drplan/drplan/lab/internal/netns"
	"github.com/drplan/drplan/lab/internal/subnet"
	"golang.org/x/sys/unix"
)

// mountPoints are folders of the machine that the node mounts at; where one was
// missing, the node has made it.
var mountPoints = []string{"/var/lib/cni", "/var/lib/kubelet"}

// downCluster ends everything that the cluster in dir runs or has set up, its
// files excepted. It needs no lab.json: the record of the lab's number is
// enough, and made before anything else.
func downCluster(ctx context.Context, dir string) error {
	registry, err := subnetRegistry()
	if err != nil {
		return err
	}
	number, ok := subnet.Of(registry, dir)
	if !ok {
		return nil
	}
	if unix.Geteuid() != 0 {
		return errors.New("taking down a whole cluster needs root: use sudo")
	}
	l := planCluster("", dir, number)
	return errors.Join(l.endNode(ctx), l.Cluster.network().Remove(ctx))
}

// forgetNumber gives the lab's number back. With the last lab go the folders
// that were made to be mounted at: removing one sooner would take another node's
// mount away.
func forgetNumber(ctx context.Context, dir string) error {
	registry, err := subnetRegistry()
	if err != nil {
		return err
	}
	if _, ok := subnet.Of(registry, dir); !ok {
		return nil
	}
	subnet.Release(registry, dir)
	return subnet.WhenNone(ctx, registry, nodeLeft, func() error {
		return errors.Join(netns.Tidy(), removeMountPoints())
	})
}

func removeMountPoints() error {
	for _, at := range mountPoints {
		err := os.Remove(at)
		if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ENOTEMPTY) {
			return err
		}
	}
	return nil
}

// KillNode ends everything that runs on the cluster's node at once, as a power
// failure does; what is on its disk stays, and S3 serves on. UpCluster starts
// the node again.
func KillNode(ctx context.Context, dir string) error {
	return onNode(ctx, dir, func(l *Lab) error { return l.endNode(ctx) })
}

// DestroyNode kills the node and removes all that is on its disk: etcd, images,
// volumes, certificates and keys. Only S3 stays, and the lab's addresses.
func DestroyNode(ctx context.Context, dir string) error {
	return onNode(ctx, dir, func(l *Lab) error {
		if err := l.endNode(ctx); err != nil {
			return err
		}
		return l.removeFolders("etc", "lib", "log")
	})
}

func (l *Lab) removeFolders(names ...string) error {
	for _, name := range names {
		if err := os.RemoveAll(l.path(name)); err != nil {
			return err
		}
	}
	return nil
}

func onNode(ctx context.Context, dir string, do func(*Lab) error) error {
	l, err := Load(dir)
	if err != nil {
		return err
	}
	if l.Cluster == nil {
		return fmt.Errorf("the lab in %s has no node: it is one of etcd alone", dir)
	}
	lock, err := lockFolder(ctx, dir)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	return do(l)
}

// resetCluster brings the cluster back to how UpCluster first made it, S3
// included. Addresses, certificates, keys and images stay.
func resetCluster(ctx context.Context, l *Lab, progress io.Writer) (*Lab, error) {
	err := onNode(ctx, l.Dir, func(l *Lab) error {
		if err := l.endNode(ctx); err != nil {
			return err
		}
		if err := killAll(ctx, l.Dir); err != nil {
			return err
		}
		return l.wipeCluster()
	})
	if err != nil {
		return nil, err
	}
	return UpCluster(ctx, ClusterOptions{Dir: l.Dir, Stage: Velero, Progress: progress})
}

// wipeCluster removes what the cluster and S3 stored. The manifests go too: they
// are written anew.
func (l *Lab) wipeCluster() error {
	entries, err := os.ReadDir(l.path("lib"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	names := []string{"log", "etc/kubernetes/manifests"}
	for _, e := range entries {
		if e.Name() != "containerd" {
			names = append(names, "lib/"+e.Name())
		}
	}
	for name := range l.stores() {
		for _, sub := range []string{"data", "metadata", "versions", "access.log"} {
			names = append(names, name+"/"+sub)
		}
	}
	slices.Sort(names)
	return l.removeFolders(names...)
}
