package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps/all"
)

// Whatever the bytes, every rule returns, its findings point into the file, and what
// the fixes make of it loads.
func FuzzLint(f *testing.F) {
	for _, id := range IDs() {
		r, _ := Find(id)
		for _, e := range r.Examples() {
			f.Add(e.Plan)
		}
	}
	for _, path := range exampleFiles(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, script := range hostileScripts(20) {
		f.Add(planOf(script))
	}
	l := Linter{Registry: all.Registry(), Now: today, Only: append(IDs(), plans.Rules...)}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := plans.Load("p.yaml", data)
		if doc == nil {
			return
		}
		found := l.Lint(doc, nil, nil)
		for _, f := range found {
			past := utf8.RuneCountInString(f.Source) + 1
			outside := f.Source != "" && (f.Column > past || f.EndColumn > past)
			if f.Line < 1 || f.Column < 1 || f.EndColumn < f.Column || outside || f.Message == "" || f.Rule == "" {
				t.Fatalf("a finding points nowhere: %+v\nin %q", f, data)
			}
		}
		if _, _, fixErr := Fix(doc, found); fixErr != nil && err == nil {
			t.Fatalf("%v\nof %q", fixErr, data)
		}
	})
}

func exampleFiles(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("../examples/*/dr-plan.yaml")
	if err != nil || len(paths) < 5 {
		t.Fatalf("the examples are not there: %v, %v", paths, err)
	}
	return paths
}

// hostileScripts are scripts that nest what can be nested, n times.
func hostileScripts(n int) []string {
	var out []string
	for _, piece := range []string{"(", "{ ", "$(", "`", "\"$(", "$((", "${a:-", "if true; then ", "while ", "a && ", "a | ", "! ", "<<a ", "[[ ! ", "case x in x) ", "f() { ", "sh -c '", "kubectl exec x -- ",
		"ssh h ", "sudo ", "env A=1 ", "timeout 1 ", "\\", "'", "<a", "$${", "a;", "a||true;", "velero backup get|"} {
		out = append(out, strings.Repeat(piece, n), strings.Repeat(piece, n)+"true", "x "+strings.Repeat(piece, n)+"\n"+strings.Repeat("a\n", n))
	}
	return out
}

func planOf(script string) []byte {
	var b strings.Builder
	b.WriteString("disaster_recovery_plan:\n  version: \"1\"\n  recovery_procedures:\n    p:\n      - step: a\n        command: ")
	b.WriteString(scalar(script))
	b.WriteString("\n      - step: b\n        command: [sh, -c, ")
	b.WriteString(scalar(strings.ReplaceAll(script, "${", "$")))
	b.WriteString("]\n")
	return []byte(b.String())
}

// A script that nests anything thousands of times takes no time and no memory.
func TestHostileScripts(t *testing.T) {
	l := Linter{Registry: all.Registry(), Now: today, Only: append(IDs(), plans.Rules...)}
	for _, n := range []int{maxScript / 8, maxScript} {
		for _, script := range hostileScripts(n) {
			doc, err := plans.Load("p.yaml", planOf(script))
			if err != nil {
				continue
			}
			start := time.Now()
			l.Lint(doc, nil, nil)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%.20q… of %d bytes took %v", script, len(script), took)
			}
		}
	}
}
