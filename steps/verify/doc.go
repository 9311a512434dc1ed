// Package verify is the step kind that says whether the service is back: by
// what etcd, an HTTP server, a TCP port, a command, files or a Kubernetes cluster
// say, and by expressions over what former steps gave.
//
// All assertions must hold in one round. Rounds follow one another until then
// or until the deadline, and a deadline is a failure that names what was seen
// last. The package knows how to look, and nothing of what is being recovered.
package verify
