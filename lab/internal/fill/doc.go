// Package fill puts Kubernetes-shaped keys into etcd: /registry/… names as an
// API server writes them, with values that look like its storage format and do
// not compress.
//
// The data is a function of the key's number alone, so that a fill that was
// interrupted is completed by another, and any two labs hold the same.
package fill
