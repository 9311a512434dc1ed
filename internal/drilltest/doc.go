// Package drilltest runs an example's plan with the real drplan, as it is, with
// one thing taken away, and with a fault on the way, for the tests of the examples.
//
//	var mutants = drilltest.Mutants{
//		"restore removed":  drilltest.Without("restore").FailsAt("canary_back", "no canary"),
//		"disaster removed": drilltest.Idle("lose").FailsAt("gone", "still there"),
//	}
//
//	func TestDrill(t *testing.T)           { drilltest.OnCluster(t, "loss").Run().Succeeded(t) }
//	func TestMutants(t *testing.T)         { mutants.Run(t, drill) }
//	func TestMutantsFitPlan(t *testing.T)  { mutants.Fit(t, "loss") } // without a cluster
//
// It edits plans as text and runs drplan as a program; it compiles a plan only to
// tell whether an edit still fits.
package drilltest
