// Package server speaks with a Velero server through its objects in a cluster:
// where it lives, whether it runs, what the phases of a backup and a restore
// mean, what one has left in the object storage (logs, results, lists).
//
// It knows nothing of steps' fields beyond where Velero is, and makes no backup
// or restore itself.
package server
