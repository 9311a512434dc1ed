// Package files holds the step kinds for what a machine needs beside its data:
//
//	files_backup   files and folders, encrypted with age, to a file or to S3
//	files_restore  back to their places, or below another folder
//
// They are for what an etcd is of no use without: the PKI, sa.key, the keys that
// secrets are encrypted with in etcd, the configuration of kubeadm and of the
// kubelet. All of it is small, and secret: the archive is never on a disk
// unencrypted, unless the plan says so and why.
//
// The package must not know of clusters beyond the files that kubeadm writes,
// and nothing of how S3 is spoken to: the kind s3_upload is handed to it.
package files
