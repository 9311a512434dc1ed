// Package component builds the lab's parts from source and keeps the binaries.
//
// A component is a folder with a Go module of its own, so that its dependency
// versions never meet another's. Its binary lies in a cache outside the clone,
// in a folder whose name carries a hash of everything that the binary depends
// on: the sources, go.sum, the Go version and the platform. A folder appears
// there by rename, so one that exists is complete.
//
// It knows nothing of what the components are for.
package component
