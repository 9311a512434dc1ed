// Package velero has the kinds that back up, find, restore and keep what Velero
// keeps: velero_backup, velero_latest, velero_schedule, velero_location and
// velero_install, and velero_restore.
//
// They speak with Velero through its objects in the cluster and never with its
// object storage, and watch rather than poll. A backup or restore that a step
// makes has a name that derives from run, step and attempt, so that a resume
// finds it; another attempt makes another one.
//
// The package knows nothing of etcd, of other kinds, or of what the backed up
// workloads are.
package velero
