package plans_test

import (
	"testing"
	"unicode/utf8"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/planstest"
)

// Whatever the bytes, the loader and the compiler return, and every finding
// points into the file.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		for _, path := range files(f, pattern) {
			f.Add(read(f, path))
		}
	}
	for _, seed := range []string{"a: &a [*a]", "? {}\n: {}", "<<: *x", "disaster_recovery_plan: {<<: [{a: b}, c]}", "\ufeffx: y", "a: |2\n   b\n", "%YAML 1.1\n---\n", "\u2028: \u0085"} {
		f.Add([]byte(seed))
	}
	reg := planstest.Registry()
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := plans.Load("p.yaml", data)
		if doc == nil {
			if err == nil {
				t.Fatal("neither a document nor an error")
			}
			inFile(t, data, err.(plans.Findings))
			return
		}
		found := doc.Check(reg)
		inFile(t, data, found)
		if err != nil && len(found.Errors()) == 0 {
			t.Fatalf("Load found %v, Check nothing", err)
		}
		for _, p := range doc.Procedures() {
			_, err := doc.Compile(reg, plans.Selection{Name: p.Name, Mode: engine.ModeRecovery})
			if _, wrong := err.(*plans.UsageError); err == nil || wrong || len(found.Errors()) > 0 {
				continue
			}
			t.Fatalf("Check found nothing, but %q does not compile: %v", p.Name, err)
		}
	})
}

func inFile(t *testing.T, data []byte, found plans.Findings) {
	t.Helper()
	for _, f := range found {
		past := utf8.RuneCountInString(f.Source) + 1
		outside := f.Source != "" && (f.Column > past || f.EndColumn > past)
		if f.Line < 1 || f.Column < 1 || f.EndColumn < f.Column || outside || f.Message == "" || f.Rule == "" {
			t.Fatalf("a finding points nowhere: %+v\nin %q", f, data)
		}
	}
}
