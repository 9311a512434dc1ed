// Package stepstest is the conformance suite that every step kind runs, and the
// harness that tests of kinds share.
//
//	func TestConform(t *testing.T) {
//		stepstest.Conform(t, etcd.Snapshot(), stepstest.Case{
//			Input: func(t *testing.T) any { return map[string]any{…} },
//			Slow:  func(t *testing.T) any { return map[string]any{…} },
//		})
//	}
//
// It knows the contract of package steps and no kind.
package stepstest
