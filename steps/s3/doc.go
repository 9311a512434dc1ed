// Package s3 is the step kinds that keep backups in S3: s3_upload, s3_download,
// s3_latest and s3_prune.
//
// What they add to a plain copy is doubt. The digest of the whole file and the
// time at which the backup was begun travel with the object as its metadata;
// a download is one version of one object or it fails; the newest backup is
// the one with the newest content, not the one uploaded last; and what is
// broken is never counted as a backup.
//
// The package must not know what is in a backup, nor which steps made it or
// will restore it.
package s3
