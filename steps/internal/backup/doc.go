// Package backup is what is known of a backup beside its bytes: when it was
// begun, by which run, of what, and the digest by which it is recognised.
//
// The knowledge travels with the bytes. Beside a local file it is a sidecar,
// FILE.meta.json; on an object in S3 it is the object's user metadata. What a
// recovery may lose is computed from it, so a value that cannot be read is an
// error and never a zero.
//
// The package must not know how a backup is made, moved or restored.
package backup
