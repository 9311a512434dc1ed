// Package canary is the step kind that makes a drill falsifiable.
//
// Before the backup a fresh nonce is written into the data, and may be kept
// beating until the disaster; the disaster proves that it is gone; the checks
// must find this very nonce in what was restored. A drill that would pass
// without restoring anything fails here, and the newest beat that came back is
// the recovery point that was really reached.
//
// The package knows where marks are kept (etcd, a folder, a ConfigMap, a volume), and nothing of
// backups or restores.
package canary
