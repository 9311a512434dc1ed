package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/drplan/drplan/lab/internal/certs"
	"github.com/drplan/drplan/lab/internal/component"
	"github.com/drplan/drplan/lab/internal/debian"
	"github.com/drplan/drplan/lab/internal/subnet"
	"golang.org/x/sys/unix"
)

// Stage says how far UpCluster goes.
type Stage string

// Each stage holds the ones before it.
const (
	Machine    Stage = "machine"    // S3, the node and its container runtime; no certificates, no kubelet
	Kubernetes Stage = "kubernetes" // the control plane, and a node that is Ready
	Velero     Stage = "velero"     // Velero, with both of its locations Available
)

// DefaultClusterName is the name of a cluster that is given none.
const DefaultClusterName = "cluster"

// Stages are all stages in order.
var Stages = []Stage{Machine, Kubernetes, Velero}

// ClusterOptions say what UpCluster is to make.
type ClusterOptions struct {
	Name     string // "": the lab's own, or for a new one DefaultClusterName
	Dir      string // absolute; the lab's folder
	Stage    Stage
	Progress io.Writer
}

// UpCluster makes a lab with a whole cluster, up to a stage, or repairs what is
// missing of it: ended processes run again, data is kept. It returns when
// everything serves.
func UpCluster(ctx context.Context, o ClusterOptions) (*Lab, error) {
	if err := refuseCluster(o); err != nil {
		return nil, err
	}
	built, err := Build(ctx, component.All(), o.Progress)
	if err != nil {
		return nil, err
	}
	cache, err := component.CacheDir()
	if err != nil {
		return nil, err
	}
	if err := debian.Ensure(ctx, cache, o.Progress); err != nil {
		return nil, err
	}
	lock, err := lockFolder(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	l, err := prepareCluster(ctx, o, built)
	if err != nil {
		return nil, err
	}
	return l, l.raise(ctx, o)
}

// plain is what a cluster's folder and name may be made of: both become parts
// of mount options, of control groups and of configuration files.
var (
	plainPath = regexp.MustCompile(`^[A-Za-z0-9/._-]+$`)
	plainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`)
)

func refuseCluster(o ClusterOptions) error {
	switch {
	case unix.Geteuid() != 0:
		return errors.New("a whole cluster needs root, for namespaces, mounts and control groups: use sudo, or lab up --etcd-only, which needs none")
	case !plainPath.MatchString(o.Dir) || len(o.Dir) > 70:
		return fmt.Errorf("a cluster's folder is at most 70 letters, digits and / . _ - long, %s is not: give another --dir", o.Dir)
	case o.Name != "" && !plainName.MatchString(o.Name):
		return fmt.Errorf("a cluster's name is the node's: small letters, digits and -, at most 32; %q is not", o.Name)
	}
	return nil
}

// prepareCluster makes the files that follow from the lab's layout. lab.json
// comes first: it says what else there may be to take down.
func prepareCluster(ctx context.Context, o ClusterOptions, built map[string]string) (*Lab, error) {
	l, err := Load(o.Dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		l, err = createCluster(ctx, o)
	case err != nil:
	case l.Cluster == nil:
		err = fmt.Errorf("the lab in %s is one of etcd alone: use --etcd-only, or another --name or --dir", o.Dir)
	case o.Name != "" && o.Name != l.Name:
		err = fmt.Errorf("the lab in %s is called %s, which names its node too: leave out --name, or give another --dir", o.Dir, l.Name)
	default:
		l, err = l.replan()
	}
	if err != nil {
		return nil, err
	}
	for _, dir := range l.clusterFolders() {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	return l, errors.Join(
		l.installBinaries(built),
		l.writeScripts(),
		l.writeTools(),
		l.writeVeleroCredentials(),
		l.writeClusterEnv(),
	)
}

func (l *Lab) clusterFolders() []string {
	dirs := []string{l.path("bin"), l.path("run"), l.path("etc"), l.path("lib", "containerd"), l.Cluster.VolumesDir, l.path("log", "audit")}
	for name := range l.stores() {
		for _, sub := range []string{"data", "metadata", "versions"} {
			dirs = append(dirs, l.path(name, sub))
		}
	}
	for _, n := range l.Cluster.Servers {
		dirs = append(dirs, l.path("members", n.Name))
	}
	return dirs
}

func createCluster(ctx context.Context, o ClusterOptions) (*Lab, error) {
	registry, err := subnetRegistry()
	if err != nil {
		return nil, err
	}
	number, err := subnet.Reserve(ctx, registry, o.Dir, nodeLeft)
	if err != nil {
		return nil, err
	}
	l := planCluster(cmp.Or(o.Name, DefaultClusterName), o.Dir, number)
	return l, l.save()
}

// replan lays the lab out as this version of the command does; what was chosen
// when it was made stays.
func (l *Lab) replan() (*Lab, error) {
	now := planCluster(l.Name, l.Dir, l.Cluster.Number)
	for _, store := range []*S3{&now.S3, now.S3Secondary} {
		store.AccessKey, store.SecretKey = l.S3.AccessKey, l.S3.SecretKey
	}
	return now, now.save()
}

// raise brings the lab up to the stage, one step after the other, and says what
// each took.
func (l *Lab) raise(ctx context.Context, o ClusterOptions) error {
	steps := []struct {
		stage Stage
		name  string
		do    func(context.Context) error
	}{
		{Machine, "network, mounts and control group of the node", l.makeNode},
		{Machine, "S3", l.serveStores},
		{Machine, "containerd", l.serveContainerd},
		{Machine, "images", l.importImages},
		{Kubernetes, "control plane", l.serveControlPlane},
		{Kubernetes, "node Ready, with DNS and volumes", l.serveNode},
		{Velero, "Velero, its locations Available", l.serveVelero},
	}
	for _, s := range steps {
		if slices.Index(Stages, s.stage) > slices.Index(Stages, o.Stage) {
			break
		}
		began := time.Now()
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if took := time.Since(began); took > 500*time.Millisecond {
			fmt.Fprintf(o.Progress, "lab: %s: %.1f s\n", s.name, took.Seconds())
		}
	}
	return nil
}

// serveStores starts the S3 servers and makes their buckets.
func (l *Lab) serveStores(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyBound)
	defer cancel()
	for name, store := range l.stores() {
		if err := l.start(name); err != nil {
			return err
		}
		if err := l.wait(ctx, name, func() error { return store.ensureBuckets(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) serveContainerd(ctx context.Context) error {
	if err := l.configure(ctx); err != nil {
		return err
	}
	if err := l.start("containerd"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyBound)
	defer cancel()
	return l.wait(ctx, "containerd", func() error { return l.containerdAnswers(ctx) })
}

// configure writes the node's configuration. A server that runs by an older one,
// of an older lab command, is stopped, to be started again; containers run on.
func (l *Lab) configure(ctx context.Context) error {
	changed, err := l.settings().WriteMachine()
	if err = errors.Join(err, l.linkPlugins()); err != nil {
		return err
	}
	for _, path := range changed {
		name, ok := map[string]string{
			"etc/containerd/config.toml": "containerd", "etc/kubelet.yaml": "kubelet", "etc/kube-proxy.yaml": "kube-proxy",
		}[path]
		if !ok {
			continue
		}
		s, err := l.Server(name)
		if err != nil {
			return err
		}
		if err := s.Stop(ctx); err != nil {
			return err
		}
	}
	return nil
}

// serveControlPlane makes the cluster's files, starts the kubelet, which starts
// what they name, and waits for the API server.
func (l *Lab) serveControlPlane(ctx context.Context) error {
	c := l.Cluster
	err := certs.MakeCluster(c.KubernetesDir, certs.Cluster{
		Name: l.Name, NodeName: c.NodeName, NodeIP: c.NodeIP, ServiceIP: serviceIP(c.Number), APIServerURL: c.APIServer,
	})
	if err != nil {
		return err
	}
	if err := l.settings().WriteCluster(); err != nil {
		return err
	}
	for _, n := range c.Servers {
		if err := l.start(n.Name); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, clusterBound)
	defer cancel()
	return l.wait(ctx, "kubelet", func() error { return l.apiReady(ctx) })
}

// clusterBound is how long each of the cluster's parts may take to serve, on a
// machine that has much else to do.
const clusterBound = 5 * time.Minute

func (l *Lab) start(name string) error {
	s, err := l.Server(name)
	if err != nil {
		return err
	}
	return s.Start()
}

// nodeLeft says whether something of a lab with that number is still there,
// whose folder somebody may have removed without taking the lab down.
func nodeLeft(number int) bool {
	c := planCluster("", "/", number).Cluster
	group, err := c.cgroup()
	return err != nil || group.Exists() || c.network().Exists()
}
