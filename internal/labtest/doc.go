// Package labtest gives tests a real etcd cluster of three members (TLS, client
// certificates) and a real S3 server, started by the lab's command.
//
// Shared is one lab for all tests of a package; they must leave it running and
// use keys of their own. Private is a lab that a test may break. A package that
// uses Shared says so in its TestMain:
//
//	func TestMain(m *testing.M) { labtest.Main(m) }
//
// Cluster is a whole Kubernetes cluster that somebody else has started (`lab up`,
// DRPLAN_LAB_CLUSTER); tests that need it are skipped without. Each works in a
// Namespace of its own. PrivateCluster is one whose control plane a test may
// break, brought up for the package where there is a Cluster; PrivateVelero has Velero
// too, and Standby is a second one on its buckets.
//
// The package knows the lab's command and its lab.json, and imports nothing of
// the lab.
package labtest
