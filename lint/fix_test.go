package lint

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps/all"
)

// everything is what all rules, those that are off too, find in a plan.
func everything(t testing.TB, path string, data []byte) (*plans.Document, []Found) {
	t.Helper()
	doc, err := plans.Load(path, data)
	if err != nil {
		t.Fatalf("%s does not load: %v", path, err)
	}
	l := Linter{Registry: all.Registry(), Now: today, Only: append(IDs(), plans.Rules...)}
	return doc, l.Lint(doc, nil, nil)
}

// The plans of the examples hold, bad ones too: what a rule says of a plan that no run
// would take helps nobody.
func TestExamplesHold(t *testing.T) {
	reg := all.Registry()
	for _, id := range IDs() {
		r, _ := Find(id)
		for _, e := range r.Examples() {
			doc, err := plans.Load(e.Name, e.Plan)
			if err != nil {
				t.Errorf("%s: %v", r.archive(), err)
			} else if found := doc.Check(reg).Errors(); len(found) > 0 {
				t.Errorf("%s: %v", r.archive(), found)
			}
		}
	}
}

var written = regexp.MustCompile("write `([a-z0-9_]+: [{\\[].*?)`(?:;| with `(timeout: [^`]*)`|,|$)")

// A step that a hint writes out is one: it loads, and nothing is wrong with it.
func TestHintsAreSteps(t *testing.T) {
	n := 0
	for _, id := range IDs() {
		r, _ := Find(id)
		for _, e := range r.Examples() {
			_, found := everything(t, e.Name, e.Plan)
			for _, f := range found {
				m := written.FindStringSubmatch(f.Hint)
				if m == nil || strings.Contains(f.Hint, "…") {
					continue
				}
				n++
				checkStep(t, r, f, m)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d hints write out a step", n)
	}
}

func checkStep(t *testing.T, r *Rule, f Found, m []string) {
	t.Helper()
	text := "disaster_recovery_plan:\n  version: \"1\"\n  recovery_procedures:\n    p:\n      params:\n"
	for _, p := range regexp.MustCompile(`params\.([a-z_]+)`).FindAllStringSubmatch(m[1], -1) {
		if !strings.Contains(text, " "+p[1]+":") {
			text += "        " + p[1] + ": {default: x}\n"
		}
	}
	text = strings.TrimSuffix(text, "      params:\n")
	text += "      steps:\n        - step: s\n          " + m[1] + "\n"
	if m[2] != "" {
		text += "          " + m[2] + "\n"
	}
	doc, err := plans.Load("hint", []byte(text))
	if err != nil {
		t.Errorf("%s hints at `%s`, which does not load: %v", r.ID, m[1], err)
		return
	}
	for _, w := range doc.Check(all.Registry()) {
		if w.Rule != plans.RulePlaceholder {
			t.Errorf("%s hints at `%s`: %v", f.Rule, m[1], w)
		}
	}
}

// What --fix makes of a rule's plans holds, needs no second fix, and leaves every other
// step as it was.
func TestFixesHold(t *testing.T) {
	reg := all.Registry()
	fixed := 0
	for _, id := range IDs() {
		r, _ := Find(id)
		for _, e := range r.Examples() {
			doc, found := everything(t, e.Name, e.Plan)
			was := doc.Check(reg).Errors()
			for range 20 {
				mended, n, err := Fix(doc, found)
				if err != nil {
					t.Fatalf("%s, %s: %v", r.archive(), e.Name, err)
				}
				if n == 0 {
					break
				}
				fixed += n
				if doc, found = everything(t, e.Name, mended); len(doc.Check(reg).Errors()) > len(was) {
					t.Fatalf("%s, %s: the mended plan has %v\n%s", r.archive(), e.Name, doc.Check(reg).Errors(), mended)
				}
			}
			if _, n, _ := Fix(doc, found); n > 0 {
				t.Errorf("%s, %s: there is always more to mend", r.archive(), e.Name)
			}
		}
	}
	if fixed < 20 {
		t.Errorf("only %d findings could be mended", fixed)
	}
}

// Comments, indentation and the other keys of a step stay.
func TestFixKeeps(t *testing.T) {
	const plan = `disaster_recovery_plan:
  version: "1.0"
  rpo_rto:
    production: {rpo: "PT15M", rto: 0.5h} # the contract
  clusters:
    east: {context: prod-east, uid: 0d2c7a4e-8f63-4f0b-9a3e-5b1f7c6d2e90}
  recovery_procedures:
    shop:
      # first
      - step: Restore it
        command: velero --kubecontext prod-east restore create --from-backup nightly # why
        cluster: east
        retry: {attempts: 2}
      - command:
          - kubectl
          - --context
          - prod-east
          - delete
          - namespace
          - shop
          - --timeout=5m

        step: Delete it
        cluster: east

      - {step: Wait, cluster: east, command: "kubectl --context=prod-east wait --for=delete ns/shop", always: true}
      - step: Elsewhere
        cluster: east
        command: kubectl --context other wait --for=delete ns/shop
      - step: Settle
        command: |
          sleep 90
      - step: Its output is read
        id: read
        command: velero restore create --from-backup nightly --wait
      - step: Look
        needs: [read]
        command: [echo, "${steps.read.stdout}"]
      - step: Answer
        command: |
          cd /
          curl -sS https://shop.example.com/ö
      - {step: It serves, verify: {nodes_ready: {}}}
`
	const want = `disaster_recovery_plan:
  version: "1.0"
  rpo_rto:
    production: {rpo: "15m", rto: 30m} # the contract
  clusters:
    east: {context: prod-east, uid: 0d2c7a4e-8f63-4f0b-9a3e-5b1f7c6d2e90}
  recovery_procedures:
    shop:
      # first
      - step: Restore it
        velero_restore: {from_backup: nightly} # why
        cluster: east
        retry: {attempts: 2}
      - kube_delete: {kind: Namespace, name: shop, must_exist: true}
        timeout: 5m

        step: Delete it
        cluster: east

      - {step: Wait, cluster: east, kube_wait: {kind: Namespace, name: shop, for: deleted}, always: true}
      - step: Elsewhere
        cluster: east
        command: kubectl --context other wait --for=delete ns/shop
      - step: Settle
        timer: 1m30s
      - step: Its output is read
        id: read
        command: velero restore create --from-backup nightly --wait
      - step: Look
        command: [echo, "${steps.read.stdout}"]
      - step: Answer
        command: |
          cd /
          curl -f -sS https://shop.example.com/ö
      - {step: It serves, verify: {nodes_ready: {}}}
`
	for _, end := range []string{"\n", "\r\n"} {
		data := []byte(strings.ReplaceAll(plan, "\n", end))
		for range 3 {
			doc, found := everything(t, "p.yaml", data)
			var err error
			if data, _, err = Fix(doc, found); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(strings.ReplaceAll(want, "\n", end), string(data)); diff != "" {
			t.Errorf("line end %q (-want +got):\n%s", end, diff)
		}
	}
}

// What scalar writes, YAML reads as it was.
func TestScalar(t *testing.T) {
	for _, s := range []string{"a", "true", "1", "1.5", "", " a", "a: b", "a:b", "a,b", "[a", "${params.x}", "a #b", "-", "-a", "~", "null", "s3://a/b", "a\n", "\"", "ö", "<b>", "&a", "*", "!x", "0x1", "1e3", "2026-01-01", "yes", "=", ".5", "v1.14.3", "a:", ":a", "_", "."} {
		var out []string
		if err := yaml.Unmarshal([]byte("["+scalar(s)+"]"), &out); err != nil || len(out) != 1 || out[0] != s {
			t.Errorf("scalar(%q) = %s, read as %q, %v", s, scalar(s), out, err)
		}
	}
}

// A fix never guesses: a namespace that the context names, a manifest of several, a
// comment that would be lost. The hint stays; the plan's bytes do as well.
func TestFixNeverGuesses(t *testing.T) {
	for _, step := range []string{
		"- {step: D, command: kubectl delete deployment web, timeout: 5m}",
		"- {step: W, command: kubectl wait --for=condition=Available deployment/web, timeout: 5m}",
		"- {step: F, command: kubectl delete -n shop -f one.yaml -f two.yaml, timeout: 5m}",
		"- step: C\n        timeout: 5m\n        command:\n          - kubectl   # the wrapper of the jump host\n          - delete\n          - namespace\n          - shop",
	} {
		plan := "disaster_recovery_plan:\n  version: \"1.0\"\n  recovery_procedures:\n    p:\n      " + step + "\n"
		doc, found := everything(t, "p.yaml", []byte(plan))
		mended, _, err := Fix(doc, found)
		if err != nil || string(mended) != plan {
			t.Errorf("of\n%s\nit makes, %v,\n%s", plan, err, mended)
		}
		if len(found) == 0 {
			t.Errorf("nothing is found in\n%s", plan)
		}
	}
}

// What a configuration says, an error of the plan itself stays one.
func TestConfigDoesNotHideErrors(t *testing.T) {
	cfg, err := LoadConfig("c.yaml", []byte("lint: {rules: {unknown-id: off}}"))
	if err != nil {
		t.Fatal(err)
	}
	plan := "disaster_recovery_plan:\n  version: \"1.0\"\n  recovery_procedures:\n    p:\n      - {step: A, command: \"true\", needs: [nobody]}\n"
	doc, err := plans.Load("p.yaml", []byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	found := Linter{Registry: all.Registry(), Now: today, Only: []string{plans.RuleUnknownID}}.Lint(doc, cfg, nil)
	if len(found) != 1 || found[0].Severity != plans.SeverityError {
		t.Errorf("got %v, want the unknown id", found)
	}
}

// Where no runs were given, a suppression of what they would show is not called unused.
func TestHistorySuppressions(t *testing.T) {
	plan := "disaster_recovery_plan:\n  version: \"1.0\"\n  recovery_procedures:\n    p: # drplan:ignore plan-changed -- it is drilled anew tomorrow\n      - {step: A, command: \"true\"}\n"
	doc, err := plans.Load("p.yaml", []byte(plan))
	if err != nil {
		t.Fatal(err)
	}
	unused := func(h History) bool {
		for _, f := range (Linter{Registry: all.Registry(), Now: today}).Lint(doc, nil, h) {
			if f.Rule == unusedIgnore.ID {
				return true
			}
		}
		return false
	}
	if unused(nil) || !unused(History{}) {
		t.Errorf("unused without runs: %v, with runs: %v; want false and true", unused(nil), unused(History{}))
	}
}
