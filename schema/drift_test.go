package schema_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/schema"
	"github.com/drplan/drplan/steps/all"
)

// The embedded schema is what the generator makes of this build.
func TestDrift(t *testing.T) {
	want, err := schema.Build(all.Registry())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, schema.JSON()) {
		t.Error("dr-plan.schema.json is out of date: run `go generate ./schema`")
	}
}

// The embedded schema takes the plan that everything began with, and points at
// the key that is wrong.
func TestValidate(t *testing.T) {
	data, err := os.ReadFile("../plans/testdata/good/seed.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := plans.Load("seed.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if found := schema.Validate(doc); len(found) > 0 {
		t.Errorf("the seed's plan: %v", found)
	}
	doc, _ = plans.Load("p", []byte("disaster_recovery_plan:\n  version: \"1\"\n  recovery_procedures:\n    a: [{step: x, comand: ls}]\n"))
	found := schema.Validate(doc)
	if len(found) != 1 || found[0].Line != 4 || found[0].Column != 19 {
		t.Errorf("got %+v, want one finding at 4:19", found)
	}
}
