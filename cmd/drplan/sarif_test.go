package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"testing"

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
