// Package s3client is where an S3 bucket is and as whom to reach it: the
// fields that step kinds embed, the client made of them, addresses such as
// s3://bucket/key, and errors that say what to do next.
//
// What the plan leaves out comes from the step's env, then from the AWS SDK's
// own chain (environment, shared files, web identity, instance role), so that
// what works with the aws command works here. Any server that speaks S3 will
// do, not only Amazon's.
//
// The package must not know what is stored, nor how objects are transferred.
package s3client
