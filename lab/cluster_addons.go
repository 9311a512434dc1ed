package lab

import (
	"context"
	"fmt"

	"github.com/drplan/drplan/lab/internal/node"
)

// serveNode waits for the node and gives the cluster what every cluster has.
func (l *Lab) serveNode(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clusterBound)
	defer cancel()
	if err := l.wait(ctx, "kubelet", func() error { return l.nodeReady(ctx) }); err != nil {
		return err
	}
	if err := l.applyAddons(ctx); err != nil {
		return err
	}
	for _, n := range l.Cluster.Servers {
		if err := l.wait(ctx, n.Name, func() error { return nil }); err != nil {
			return err
		}
	}
	return l.wait(ctx, "kubelet", func() error { return l.podReady(ctx, "kube-system", "k8s-app=kube-dns") })
}

// applyAddons gives the cluster its DNS and its storage class, unless they are
// there. The storage class comes last and shows that all was applied.
func (l *Lab) applyAddons(ctx context.Context) error {
	if _, err := l.get(ctx, "storageclass", l.Cluster.StorageClass); err == nil {
		return nil
	}
	objects, err := node.Render("addons.yaml", l.settings())
	if err != nil {
		return err
	}
	if err := l.apply(ctx, objects); err != nil {
		return fmt.Errorf("give the cluster DNS and a storage class: %w", err)
	}
	return nil
}
