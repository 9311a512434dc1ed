// Package internal holds what no other module may use, and the test of what its
// own packages may.
package internal

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/drplan/drplan"

// may lists what a package may import of ours: prefixes of paths. The longest
// key that fits a package counts. Where nothing is listed, nothing may be.
var may = map[string][]string{
	"cmd":              {""},
	"examples":         {""},
	"docs":             {""},
	"plans":            {"engine", "steps", "plans/expr"},
	"plans/expr":       {},
	"plans/planstest":  {"steps"},
	"schema":           {"plans", "steps", "engine"},
	"schema/internal":  {"schema", "steps"},
	"lint":             {"plans", "schema", "steps", "engine"}, // of engine its words for phases, which an outline has
	"engine":           {},
	"engine/local":     {"engine", "journal", "steps", "plans/expr", "internal/pace"},
	"engine/simulate":  {"engine"},
	"engine/temporal":  {"engine", "journal", "steps", "plans/expr"},
	"journal":          {},
	"journal/mirror":   {"journal"},
	"journal/register": {"journal"},
	"evidence":         {"journal", "engine", "evidence/keys"},
	"evidence/keys":    {},
	"steps":            {"steps"},
	"report":           {"journal", "engine", "internal/junit"},
	"report/html":      {"report", "report/period", "engine", "internal/draw"},
	"report/otlp":      {"report", "engine"},
	"report/history":   {"journal", "engine", "report"},
	"report/predict":   {"engine", "report"},
	"report/store":     {"journal", "engine", "report"},
	"internal":         {},
	"internal/ui":      {"engine", "report", "internal/pace"},
	"internal/notify":  {"engine", "report", "steps", "internal/post"}, // of steps how a shell reads a word
	"internal/draw":    {"engine", "report"},
	"internal/labtest": {},
	"internal/post":    {},
	"internal/junit":   {},

	"internal/drilltest": {"internal/labtest", "plans", "schema", "steps/all", "engine"}, // whether a mutant could run

	"internal/manyruns":        {"engine", "journal/register"},
	"report/findings":          {"report"},
	"report/period":            {"engine", "report", "report/history", "internal/junit"},
	"report/period/periodtest": {"report", "report/period", "internal/manyruns"},
}

// forbidden says what the rule above would allow and must not be.
var forbidden = map[string][]string{
	"steps":  {"steps/"},    // the interface knows no kind
	"plans":  {"steps/all"}, // kinds come as an argument
	"schema": {"steps/all"}, // only the generator and the drift test list them
	"engine": {"engine/"},   // the core knows no driver
}

// pure lists what packages must not reach at all, however far away: the core has
// no I/O, no clients, no goroutines to speak of.
var pure = map[string][]string{
	"engine":          {"os", "net", "net/http", "os/exec", "log/slog", "math/rand", "math/rand/v2"},
	"engine/simulate": {"os", "net", "net/http", "os/exec", "log/slog", "math/rand", "math/rand/v2"},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		own := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		seen++
		for _, path := range p.Imports {
			of, ours := strings.CutPrefix(path, module+"/")
			if ours && !allowed(own, of) {
				t.Errorf("%s must not import %s", own, of)
			}
		}
		for _, path := range pure[own] {
			if slices.Contains(p.Imports, path) {
				t.Errorf("%s must not import %s: it is pure", own, path)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d packages were listed", seen)
	}
}

// TestRulesBite shows that the rules refuse what they are for.
func TestRulesBite(t *testing.T) {
	for _, bad := range [][2]string{
		{"engine", "engine/local"}, {"engine", "journal"}, {"journal", "engine"}, {"steps", "steps/etcd"}, {"steps/etcd", "plans"},
		{"plans", "steps/all"}, {"schema", "steps/all"}, {"plans/expr", "steps"}, {"report", "plans"}, {"engine/local", "plans"}, {"newcomer", "engine"},
	} {
		if allowed(bad[0], bad[1]) {
			t.Errorf("%s could import %s", bad[0], bad[1])
		}
	}
}

func allowed(own, of string) bool {
	for _, prefix := range forbidden[own] {
		if of == prefix || strings.HasSuffix(prefix, "/") && strings.HasPrefix(of, prefix) && !strings.HasPrefix(of, own+"/internal/") {
			return false
		}
	}
	return slices.ContainsFunc(may[ruleOf(own)], func(prefix string) bool { return under(of, prefix) }) || under(of, own+"/internal")
}

// ruleOf finds the longest key of may that fits a package.
func ruleOf(own string) string {
	best := ""
	for key := range may {
		if under(own, key) && len(key) > len(best) {
			best = key
		}
	}
	return best
}

func under(path, folder string) bool {
	return folder == "" || path == folder || strings.HasPrefix(path, folder+"/")
}

func packages(t *testing.T) []listed {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
