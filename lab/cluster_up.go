package lab

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/drplan/drplan/lab/internal/component"
	"github.com/drplan/drplan/lab/internal/debian"
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
	S3Of     string // the folder of another lab whose S3 servers a new one uses; "": its own, or as it was made
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

func (l *Lab) start(name string) error {
	s, err := l.Server(name)
	if err != nil {
		return err
	}
	return s.Start()
}
