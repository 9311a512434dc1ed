// Package all lists every step kind: one line a kind.
package all

import (
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/canary"
	"github.com/drplan/drplan/steps/command"
	"github.com/drplan/drplan/steps/etcd"
	"github.com/drplan/drplan/steps/files"
	"github.com/drplan/drplan/steps/kube"
	"github.com/drplan/drplan/steps/s3"
	"github.com/drplan/drplan/steps/velero"
	"github.com/drplan/drplan/steps/verify"
	"github.com/drplan/drplan/steps/wait"
)

// Registry returns the registry of every kind that drplan has.
func Registry() *steps.Registry {
	return steps.NewRegistry(
		canary.Kind(),
		command.Kind(),
		etcd.Health(),
		etcd.Members(),
		etcd.Replace(),
		etcd.Restore(),
		etcd.Snapshot(s3.Upload()),
		files.Backup(s3.Upload()),
		files.Restore(),
		kube.Apply(),
		kube.Delete(),
		kube.Wait(),
		s3.Download(),
		s3.Latest(),
		s3.Prune(),
		s3.Upload(),
		velero.Backup(),
		velero.Install(),
		velero.Latest(),
		velero.Location(),
		velero.Restore(),
		velero.Schedule(),
		verify.Kind(),
		wait.Approval(),
		wait.Duration(),
		wait.Timer(),
	)
}
