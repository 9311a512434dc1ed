// Package etcdstaticpod holds no code, only the tests of the example beside it:
// the drill on a real cluster's control plane, its mutants, and the same recovery
// by hand. Where drplan is killed in the middle of one, steps/etcd tests it.
package etcdstaticpod
