package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/drplan/drplan/plans"
)

// TestSARIFNames: whatever a plan's file is called, its URI is one (RFC 3986)
// and leads back to it.
func TestSARIFNames(t *testing.T) {
	for file, want := range map[string]string{
		"dr-plan.yaml":       "dr-plan.yaml",
		"plans/a.yaml":       "plans/a.yaml",
		"a b:c#d%.yaml":      "./a%20b:c%23d%25.yaml",
		"plans/x:y?.yaml":    "plans/x:y%3F.yaml",
		"/srv/plans/é.yaml":  "/srv/plans/%C3%A9.yaml",
		"c:d/e.yaml":         "./c:d/e.yaml",
		"//host/plan.yaml":   "/host/plan.yaml",
		"../up/[x]{y}.yaml":  "../up/%5Bx%5D%7By%7D.yaml",
		"back\\slash^|.yaml": "back%5Cslash%5E%7C.yaml",
	} {
		var b bytes.Buffer
		if err := writeSARIF(&b, []checked{{path: file, findings: plans.Findings{{File: file, Line: 1, Column: 1, Severity: plans.SeverityError}}}}); err != nil {
			t.Fatal(err)
		}
		var log sarifLog
		if err := json.Unmarshal(b.Bytes(), &log); err != nil {
			t.Fatal(err)
		}
		got := log.Runs[0].Results[0].Locations[0].Physical.Artifact.URI
		if got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
		if u, err := url.Parse(got); err != nil || u.Scheme != "" || u.Host != "" || u.Fragment != "" || u.RawQuery != "" {
			t.Errorf("%s: %s is no path: %v", file, got, err)
		}
	}
}

// TestSARIFSchema holds what is written to the schema that OASIS publishes: testdata
// has it as it stands at
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
func TestSARIFSchema(t *testing.T) {
	var b bytes.Buffer
	all := []checked{{path: "a.yaml"}, {path: "b.yaml", findings: plans.Findings{
		{File: "b.yaml", Line: 3, Column: 5, EndColumn: 9, Rule: "backup-frequency", Severity: plans.SeverityError, Message: "m", Hint: "h"},
		{File: "b.yaml", Line: 4, Column: 1, Rule: "placeholder", Severity: plans.SeverityWarning, Message: "m"},
		{File: "b.yaml", Line: 5, Column: 1, Rule: "no-procedure", Severity: plans.SeverityInfo, Message: "m"},
	}}}
	if err := writeSARIF(&b, all); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	schema, err := c.Compile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(tree(t, b.Bytes())); err != nil {
		t.Errorf("the schema refuses it: %#v", err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	levels := map[string]int{}
	for _, r := range log.Runs[0].Results {
		levels[r.Level]++
	}
	if want := map[string]int{"error": 1, "warning": 1, "note": 1}; !cmp.Equal(levels, want) {
		t.Errorf("levels %v, want %v", levels, want)
	}
}

func tree(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
