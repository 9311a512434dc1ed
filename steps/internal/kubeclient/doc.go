// Package kubeclient connects to the Kubernetes cluster that a step touches,
// as the plan describes it, with errors that say what to do next.
//
// It knows how to get there and nothing of what is asked: no objects, no
// Velero, no runs.
package kubeclient
