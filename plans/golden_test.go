package plans_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got), -update accepts it:\n%s", path, diff)
	}
}

func files(t testing.TB, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	return found
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// findings is what `validate` shows: everything that is wrong with a plan.
func findings(path string, data []byte) plans.Findings {
	doc, err := plans.Load(path, data)
	if doc == nil {
		return err.(plans.Findings)
	}
	return doc.Check(planstest.Registry())
}

// Every plan in testdata/bad is one mistake, or several of a kind; the file
// beside it is what a person is shown.
func TestBad(t *testing.T) {
	for _, path := range files(t, "testdata/bad/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			found := findings(filepath.Base(path), read(t, path))
			if len(found.Errors()) == 0 && !bytes.HasPrefix(read(t, path), []byte("# no error")) {
				t.Error("no error was found")
			}
			var out bytes.Buffer
			if err := found.Render(&out); err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".out", out.Bytes())
		})
	}
}

// Every rule has a plan that breaks it.
func TestEveryRuleIsShown(t *testing.T) {
	var shown strings.Builder
	for _, path := range files(t, "testdata/bad/*.out") {
		shown.Write(read(t, path))
	}
	rules := regexp.MustCompile(`(?m)^\tRule\w+ += "([a-z-]+)"`).FindAllStringSubmatch(string(read(t, "rules.go")), -1)
	if len(rules) < 20 {
		t.Fatalf("found only %d rules in rules.go", len(rules))
	}
	for _, rule := range rules {
		if rule[1] == plans.RuleTooLarge {
			continue // too large for testdata: TestTooLarge
		}
		if !strings.Contains(shown.String(), "["+rule[1]+"]") {
			t.Errorf("no plan in testdata/bad breaks the rule %q", rule[1])
		}
	}
}

// Every plan in testdata/good holds; the file beside it shows each of its graphs.
func TestGood(t *testing.T) {
	for _, path := range files(t, "testdata/good/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			doc, err := plans.Load(filepath.Base(path), read(t, path))
			if err != nil {
				t.Fatal(err)
			}
			if errs := doc.Check(planstest.Registry()).Errors(); len(errs) > 0 {
				t.Fatal(errs)
			}
			var out bytes.Buffer
			for _, p := range doc.Procedures() {
				graph(t, &out, doc, plans.Selection{Name: p.Name, Mode: engine.ModeRecovery})
			}
			for _, s := range doc.Scenarios() {
				graph(t, &out, doc, plans.Selection{Name: s.ID})
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".out", out.Bytes())
		})
	}
}

func graph(t *testing.T, out *bytes.Buffer, doc *plans.Document, sel plans.Selection) {
	t.Helper()
	c, err := doc.Compile(planstest.Registry(), sel)
	if err != nil {
		t.Fatalf("%v: %v", sel, err)
	}
	fmt.Fprintf(out, "=== %s %q of %s, params %v, objective %+v\n", c.Scenario, c.Title, c.Procedure, c.Params, c.Objective)
	for _, f := range c.NotRunnable {
		fmt.Fprintf(out, "refused: %s\n", f)
	}
	if _, err := engine.New(engine.Header{Format: engine.Format, Mode: sel.Mode, Graph: c.Graph}); err != nil {
		t.Errorf("the engine refuses the graph of %s: %v", c.Scenario, err)
	}
	for _, n := range c.Graph.Nodes {
		fmt.Fprintf(out, "%s %s %s needs %v, %v%s\n  %s\n", n.Phase, n.ID, n.Type, n.Needs, n.Timeout, flags(n), n.Spec)
	}
}

func flags(n engine.Node) string {
	var b strings.Builder
	for _, f := range []struct {
		name string
		on   bool
	}{
		{"for_each", n.ForEach}, {"continue_on_error", n.ContinueOnError}, {"always", n.Always},
		{"verifies", n.Verifies}, {"restores", n.Restores}, {"mutates", n.Mutates},
	} {
		if f.on {
			b.WriteString(" " + f.name)
		}
	}
	if n.Wait != "" {
		fmt.Fprintf(&b, " wait=%s", n.Wait)
	}
	if n.MaxParallel > 0 {
		fmt.Fprintf(&b, " max_parallel=%d", n.MaxParallel)
	}
	if n.Retry != (engine.Retry{}) {
		fmt.Fprintf(&b, " retry=%s", n.Retry)
	}
	return b.String()
}
