package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drplan/drplan/lab/internal/certs"
)

// serveStores starts the S3 servers and makes their buckets, or looks for those
// of another lab.
func (l *Lab) serveStores(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyBound)
	defer cancel()
	if l.S3Of != "" {
		if err := errors.Join(l.S3.healthy(ctx), l.S3Secondary.healthy(ctx)); err != nil {
			return fmt.Errorf("the S3 servers of the lab in %s (lab up there starts them): %w", l.S3Of, err)
		}
	}
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
