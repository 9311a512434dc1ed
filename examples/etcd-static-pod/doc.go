// Package etcdstaticpod holds no code, only the tests of the example beside it:
// the drill on a real cluster's control plane, its mutants, drplan killed in the
// middle of it, and the same recovery by hand.
package etcdstaticpod
