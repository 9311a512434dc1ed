// Package lab runs real systems on one machine for demos and end-to-end tests.
// One kind of lab is a three-member etcd with TLS and client certificates, filled
// with Kubernetes-shaped keys, and an S3 server. The other is a Kubernetes
// cluster of one node with Velero, and two S3 servers that stand for two regions;
// its files start with cluster.
//
// A lab is a folder. Its lab.json says all that a client needs, its start, stop
// and kill scripts are what a recovery plan calls, and Down leaves no process
// and no folder behind. Everything is idempotent: a command that was killed half
// way is repeated.
//
// A cluster's node is what its processes live in: a network namespace, a mount
// namespace and a control group of its own. Whatever runs or is mounted in these
// is the lab's, and goes with them.
//
// It must not know drplan, and drplan's packages never import it: they use the
// command and read lab.json.
package lab
