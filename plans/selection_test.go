package plans_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
	"github.com/drplan/drplan/steps"
)

const chooseFrom = `
disaster_recovery_plan:
  version: "1.0"
  recovery_procedures:
    etcd_failure:
      params:
        namespace: {default: prod}
        copies: {type: int, description: How many.}
        deep: {type: bool, default: false}
        ratio: {type: number, default: 0.5}
        wait: {type: duration, default: 1h}
        regions: {type: list, default: [eu]}
        size: {enum: [s, m], default: s}
      steps: [{step: x, command: "true"}]
    Name With Spaces: [{step: x, command: "true"}]
    twin a: [{step: x, command: "true"}]
    twin-a: [{step: x, command: "true"}]
  testing:
    test_scenarios:
      - Single etcd member failure
      - {name: Etcd is lost, id: etcd_lost, procedure: etcd_failure, params: {copies: 3, namespace: drill}}
      - {name: 停電, procedure: etcd_failure}
`

func load(t testing.TB, data string) *plans.Document {
	t.Helper()
	doc, err := plans.Load("p.yaml", []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestChoose(t *testing.T) {
	doc := load(t, chooseFrom)
	copies := map[string]string{"copies": "1"}
	for _, tt := range []struct {
		name     string
		sel      plans.Selection
		scenario string
	}{
		{"id", plans.Selection{Name: "etcd_lost"}, "etcd_lost"},
		{"name", plans.Selection{Name: "Etcd is lost", Mode: engine.ModeDrill}, "etcd_lost"},
		{"slug", plans.Selection{Name: "etcd-is-lost"}, "etcd_lost"},
		{"no letters", plans.Selection{Name: "停電", Params: copies}, "scenario_3"},
		{"place", plans.Selection{Name: "scenario_3", Params: copies}, "scenario_3"},
		{"recovery", plans.Selection{Name: "etcd_failure", Mode: engine.ModeRecovery, Params: copies}, "etcd_failure"},
		{"recovery slug", plans.Selection{Name: "name_with_spaces", Mode: engine.ModeRecovery}, "Name With Spaces"},
		{"exact before slug", plans.Selection{Name: "twin-a", Mode: engine.ModeRecovery}, "twin-a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := doc.Compile(planstest.Registry(), tt.sel)
			if err != nil {
				t.Fatal(err)
			}
			if c.Scenario != tt.scenario || len(c.Graph.Nodes) != 1 {
				t.Errorf("got %q with %d nodes, want %q with 1", c.Scenario, len(c.Graph.Nodes), tt.scenario)
			}
		})
	}
}

func TestWrongUsage(t *testing.T) {
	doc := load(t, chooseFrom)
	drill := func(params ...string) plans.Selection {
		sel := plans.Selection{Name: "etcd_lost", Params: map[string]string{}}
		for i := 0; i < len(params); i += 2 {
			sel.Params[params[i]] = params[i+1]
		}
		return sel
	}
	for _, tt := range []struct {
		name string
		sel  plans.Selection
		want plans.UsageError
	}{
		{"unknown drill", plans.Selection{Name: "etcd_lots"},
			plans.UsageError{`there is no drill "etcd_lots"`, `did you mean "etcd_lost"? the plan has single_etcd_member_failure, etcd_lost and scenario_3`}},
		{"unknown procedure", plans.Selection{Name: "nothing", Mode: engine.ModeRecovery},
			plans.UsageError{`there is no recovery procedure "nothing"`, "the plan has etcd_failure, Name With Spaces, twin a and twin-a"}},
		{"no name", plans.Selection{},
			plans.UsageError{"say with --scenario which drill to run", "the plan has single_etcd_member_failure, etcd_lost and scenario_3"}},
		{"a procedure as a drill", plans.Selection{Name: "etcd_failure"},
			plans.UsageError{`"etcd_failure" is a recovery procedure, not a drill`, "to recover for real, run: drplan run p.yaml --scenario etcd_failure --mode recovery"}},
		{"a drill as a recovery", plans.Selection{Name: "Etcd is lost", Mode: engine.ModeRecovery},
			plans.UsageError{`"Etcd is lost" is a drill, not a recovery procedure`, "to practise, run: drplan run p.yaml --scenario etcd_lost"}},
		{"ambiguous", plans.Selection{Name: "Twin A", Mode: engine.ModeRecovery},
			plans.UsageError{`"Twin A" is ambiguous`, "it could be twin a or twin-a"}},
		{"unknown parameter", drill("copy", "1"),
			plans.UsageError{`there is no parameter "copy"`, "there are namespace, copies, deep, ratio, wait, regions and size"}},
		{"no parameters", plans.Selection{Name: "twin-a", Mode: engine.ModeRecovery, Params: map[string]string{"x": "1"}},
			plans.UsageError{`there is no parameter "x"`, "the procedure takes no parameters"}},
		{"missing", plans.Selection{Name: "etcd_failure", Mode: engine.ModeRecovery},
			plans.UsageError{`the parameter "copies" has no value`, "give it: --param copies=INT"}},
		{"int", drill("copies", "many"), plans.UsageError{`the parameter "copies" must be a whole number, not "many"`, "How many."}},
		{"bool", drill("deep", "perhaps"), plans.UsageError{`the parameter "deep" must be true or false, not "perhaps"`, ""}},
		{"number", drill("ratio", "inf"), plans.UsageError{`the parameter "ratio" must be a number, not "inf"`, ""}},
		{"duration", drill("wait", "15"), plans.UsageError{`the parameter "wait" must be a length of time: the duration 15 has no unit: did you mean "15 minutes"?`, ""}},
		{"list", drill("regions", `["eu", 5]`), plans.UsageError{`the parameter "regions" must be a JSON list of strings, or strings with commas between`, ""}},
		{"enum", drill("size", "l"), plans.UsageError{`the parameter "size" must be one of s, m`, ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := doc.Compile(planstest.Registry(), tt.sel)
			var usage *plans.UsageError
			if !errors.As(err, &usage) {
				t.Fatalf("got %v, want a UsageError", err)
			}
			if diff := cmp.Diff(tt.want, *usage); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParams(t *testing.T) {
	doc := load(t, chooseFrom)
	c, err := doc.Compile(planstest.Registry(), plans.Selection{Name: "etcd_lost", Params: map[string]string{
		"namespace": "typed", "deep": "true", "ratio": "2", "wait": "90 minutes", "regions": "eu,us",
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"namespace": "typed", "copies": int64(3), "deep": true, "ratio": 2.0, "wait": "1h30m", "regions": []any{"eu", "us"}, "size": "s",
	}
	if diff := cmp.Diff(want, c.Params); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A drill in the seed's form without its procedure compiles to nothing that
// could run, and says why.
func TestNoProcedure(t *testing.T) {
	c, err := load(t, chooseFrom).Compile(planstest.Registry(), plans.Selection{Name: "Single etcd member failure"})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.NotRunnable) != 1 || c.NotRunnable[0].Rule != plans.RuleNoProcedure || len(c.Graph.Nodes) != 0 {
		t.Errorf("got %v and %d nodes", c.NotRunnable, len(c.Graph.Nodes))
	}
}

// A fault in one procedure does not stand in the way of another on the worst day.
func TestCompileLooksOnlyAtWhatRuns(t *testing.T) {
	doc := load(t, `
disaster_recovery_plan:
  version: "1.0"
  rpo_rto: {a: {rto: 2h, rpo: 1m}, b: {rto: 1h}}
  recovery_procedures:
    good: [{step: x, command: "<now>"}]
    bad: [{step: x, nothing: "true"}]
  testing:
    test_scenarios: [{name: d, procedure: bad}, {name: e, procedure: good, cleanup: [{step: y, needs: [z], command: "true"}]}]
`)
	reg := planstest.Registry()
	c, err := doc.Compile(reg, plans.Selection{Name: "good", Mode: engine.ModeRecovery})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.NotRunnable) != 1 || c.NotRunnable[0].Rule != plans.RulePlaceholder || c.NotRunnable[0].Severity != plans.SeverityError {
		t.Errorf("got %v, want a placeholder", c.NotRunnable)
	}
	if want := (engine.Objective{RTO: time.Hour, RPO: time.Minute, Strictest: true}); c.Objective != want {
		t.Errorf("got the objective %+v, want %+v", c.Objective, want)
	}
	for _, sel := range []plans.Selection{{Name: "bad", Mode: engine.ModeRecovery}, {Name: "d"}, {Name: "e"}} {
		_, err := doc.Compile(reg, sel)
		var found plans.Findings
		if !errors.As(err, &found) || len(found) == 0 {
			t.Errorf("%v: got %v, want Findings", sel, err)
		}
	}
}

func TestDrillRefusesWhatIsNotMarked(t *testing.T) {
	doc, err := plans.Load("p", read(t, "testdata/bad/isolation.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	where := map[string]string{"unknown": "primary"}
	for name, want := range map[string]int{"d": 5, "e": 3} { // e practises by its parameter
		drill, err := doc.Compile(planstest.Registry(), plans.Selection{Name: name, Params: where})
		if err != nil {
			t.Fatal(err)
		}
		if len(drill.NotRunnable) != want {
			t.Errorf("the drill %s: got %v, want %d refusals", name, drill.NotRunnable, want)
		}
	}
	recovery, err := doc.Compile(planstest.Registry(), plans.Selection{Name: "a", Mode: engine.ModeRecovery, Params: where})
	if err != nil {
		t.Fatal(err)
	}
	if len(recovery.NotRunnable) != 0 {
		t.Errorf("the recovery: got %v, want none", recovery.NotRunnable)
	}
	var spec steps.Spec
	if err := json.Unmarshal(recovery.Graph.Nodes[4].Spec, &spec); err != nil || spec.Cluster == nil || spec.Cluster.Name != "primary" {
		t.Errorf("the cluster that a parameter names: got %v, %v", spec.Cluster, err)
	}
	var usage *plans.UsageError
	_, err = doc.Compile(planstest.Registry(), plans.Selection{Name: "e", Params: map[string]string{"unknown": "secondary"}})
	if !errors.As(err, &usage) || usage.Hint != "there are primary, practice and renamed" {
		t.Errorf("a cluster that is not there: got %v", err)
	}
}

func TestLists(t *testing.T) {
	doc := load(t, chooseFrom)
	want := []plans.ScenarioInfo{
		{ID: "single_etcd_member_failure", Name: "Single etcd member failure", Line: 20},
		{ID: "etcd_lost", Name: "Etcd is lost", Procedure: "etcd_failure", Line: 21},
		{ID: "scenario_3", Name: "停電", Procedure: "etcd_failure", Line: 22},
	}
	if diff := cmp.Diff(want, doc.Scenarios()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := doc.Procedures()[0]; got != (plans.ProcedureInfo{Name: "etcd_failure", Steps: 1, Line: 5}) {
		t.Errorf("got %+v", got)
	}
}
