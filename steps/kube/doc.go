// Package kube has the kinds that change a Kubernetes cluster's objects, or wait
// for them: kube_apply, kube_delete and kube_wait.
//
// What they do can be done again: applying and deleting say what shall be, not
// what to do, so that a step that a crash cut off is run once more. The package
// knows objects, their owners and their finalizers, and nothing of backups.
package kube
