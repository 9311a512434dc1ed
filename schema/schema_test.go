package schema_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
	"github.com/drplan/drplan/schema"
)

func testSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := schema.Build(planstest.Registry())
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Compile(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The schema and the loader agree: what one takes, the other takes. Where the
// schema says no, so has the loader, in the same line.
func TestAgreesWithLoader(t *testing.T) {
	s := testSchema(t)
	refused := 0
	for _, dir := range []string{"good", "bad"} {
		paths, err := filepath.Glob("../plans/testdata/" + dir + "/*.yaml")
		if err != nil || len(paths) == 0 {
			t.Fatalf("no plans in %s: %v", dir, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			doc, _ := plans.Load(filepath.Base(path), data)
			if doc == nil {
				continue // not YAML: the schema has nothing to read
			}
			byLoader := doc.Check(planstest.Registry()).Errors()
			bySchema := schema.With(s, doc)
			refused += len(bySchema)
			if dir == "good" && len(bySchema) > 0 {
				t.Errorf("the schema refuses a good plan:\n%v", bySchema)
			}
			for _, f := range bySchema {
				if !inLine(byLoader, f.Line) {
					t.Errorf("only the schema finds %v; the loader:\n%v", f, byLoader)
				}
			}
		}
	}
	if refused < 30 {
		t.Errorf("the schema refused only %d places of the bad plans", refused)
	}
}

func inLine(fs plans.Findings, line int) bool {
	for _, f := range fs {
		if f.Line == line {
			return true
		}
	}
	return false
}

// What the loader says of the shape of a document, the schema says too, so that
// an editor shows it.
func TestRefusesWhatTheLoaderRefuses(t *testing.T) {
	s := testSchema(t)
	for _, name := range []string{"unknown_keys", "wrong_types", "required", "values", "fields", "no_plan", "empty_lists", "list", "text"} {
		data, err := os.ReadFile("../plans/testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		doc, _ := plans.Load(name, data)
		bySchema := schema.With(s, doc)
		for _, f := range doc.Check(planstest.Registry()).Errors() {
			switch f.Rule {
			case plans.RuleUnknownKey, plans.RuleRequired, plans.RuleType:
				if !inLine(bySchema, f.Line) && !beyond[name+": "+f.Message] {
					t.Errorf("%s: only the loader finds %v", name, f)
				}
			}
		}
	}
}

// beyond lists what a flat schema cannot say.
var beyond = map[string]bool{
	`required: a step lacks the key "step"`: true, // a group needs none
}

func TestBuildIsStable(t *testing.T) {
	first, err := schema.Build(planstest.Registry())
	if err != nil {
		t.Fatal(err)
	}
	second, _ := schema.Build(planstest.Registry())
	if !bytes.Equal(first, second) {
		t.Error("two builds differ")
	}
}
