package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const stream = `make: something
{"Action":"start","Package":"github.com/drplan/drplan/a"}
{"Action":"run","Package":"github.com/drplan/drplan/a","Test":"TestDrill"}
{"Action":"attr","Package":"github.com/drplan/drplan/a","Test":"TestDrill","Key":"by_hand","Value":"65 s | machine"}
{"Action":"pass","Package":"github.com/drplan/drplan/a","Test":"TestDrill/part","Elapsed":1}
{"Action":"pass","Package":"github.com/drplan/drplan/a","Test":"TestDrill","Elapsed":2.5}
{"Action":"output","Package":"github.com/drplan/drplan/a","Test":"TestRoot","Output":"    a_test.go:7: needs root\n"}
{"Action":"skip","Package":"github.com/drplan/drplan/a","Test":"TestRoot","Elapsed":0}
{"Time":"2026-11-24T15:51:50Z","Action":"pass","Package":"github.com/drplan/drplan/a","Elapsed":2.6}
`

// read reads a stream, and returns what it showed and the packages as they ended.
func read(t *testing.T, stream string) (r results, shown string, ended []*pkg) {
	t.Helper()
	var out bytes.Buffer
	if err := r.read(strings.NewReader(stream), &out, func(p *pkg) error { ended = append(ended, p); return nil }); err != nil {
		t.Fatal(err)
	}
	return r, out.String(), ended
}

func has(t *testing.T, page string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestPage(t *testing.T) {
	r, shown, ended := read(t, stream)
	ended[0].Commit, ended[0].On = "c0ffee", "go1, 2 cores"
	var page bytes.Buffer
	r.page(&page)
	has(t, page.String(), "| a TestDrill | by hand | 65 s \\| machine |", "| a | 1 | 0 | 1 | 2.6s | 2026-11-24 15:51 | c0ffee | go1, 2 cores |", "- a TestRoot: needs root", "## Failed\n\nNone.")
	if shown != "make: something\nok   github.com/drplan/drplan/a 2.6s\n" {
		t.Errorf("shown: %q", shown)
	}
	if !r.good() {
		t.Error("it is not good")
	}
}

// TestKept runs two packages, and one of them again: of the other is kept what came of it.
func TestKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page")
	for _, stream := range []string{
		stream,
		`{"Action":"pass","Package":"b","Test":"TestB"}` + "\n" + `{"Action":"pass","Package":"b"}`,
		`{"Action":"run","Package":"b","Test":"TestB"}`,
		`{"Action":"skip","Package":"without_tests"}`,
	} {
		kept, err := load(file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		_, _, ended := read(t, stream)
		kept.keep(ended[0])
		if err := kept.write(file); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(file + ".md")
	if err != nil {
		t.Fatal(err)
	}
	has(t, string(page), "| a | 1 | 0 | 1 |", "| b | 0 | 1 | 0 |", "- b TestB\n", "- a TestRoot: needs root", "65 s")
	if strings.Contains(string(page), "without_tests") {
		t.Errorf("a package without tests is on the page:\n%s", page)
	}
}

func TestGood(t *testing.T) {
	for name, stream := range map[string]string{
		"nothing ran":     "",
		"only skipped":    `{"Action":"skip","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"pass","Package":"p"}`,
		"one failed":      stream + `{"Action":"fail","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"fail","Package":"p"}`,
		"one never ended": stream + `{"Action":"run","Package":"p","Test":"TestA"}`,
		"no build":        stream + `{"Action":"fail","Package":"p","FailedBuild":"p"}`,
	} {
		if r, _, _ := read(t, stream); r.good() {
			t.Errorf("%s: it is good", name)
		}
	}
}
