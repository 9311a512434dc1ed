// Package lab runs real systems on one machine for demos and end-to-end tests:
// a three-member etcd with TLS and client certificates, filled with
// Kubernetes-shaped keys, and an S3 server.
//
// A lab is a folder. Its lab.json says all that a client needs, its start, stop
// and kill scripts are what a recovery plan calls, and Down leaves no process
// and no folder behind. Everything is idempotent: a command that was killed half
// way is repeated.
//
// It must not know drplan, and drplan's packages never import it: they use the
// command and read lab.json.
package lab
