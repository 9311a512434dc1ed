package main

import (
	"bytes"
	"strings"
	"testing"
)

const stream = `make: something
{"Action":"start","Package":"github.com/drplan/drplan/a"}
{"Action":"run","Package":"github.com/drplan/drplan/a","Test":"TestDrill"}
{"Action":"attr","Package":"github.com/drplan/drplan/a","Test":"TestDrill","Key":"by_hand","Value":"65 s | machine"}
{"Action":"pass","Package":"github.com/drplan/drplan/a","Test":"TestDrill","Elapsed":2.5}
{"Action":"output","Package":"github.com/drplan/drplan/a","Test":"TestRoot","Output":"    a_test.go:7: needs root\n"}
{"Action":"skip","Package":"github.com/drplan/drplan/a","Test":"TestRoot","Elapsed":0}
{"Action":"pass","Package":"github.com/drplan/drplan/a","Elapsed":2.6}
`

func TestPage(t *testing.T) {
	var r results
	var shown, page bytes.Buffer
	if err := r.read(strings.NewReader(stream), &shown); err != nil {
		t.Fatal(err)
	}
	r.write(&page, "make it", "today")
	for _, want := range []string{"| a TestDrill | by hand | 65 s \\| machine |", "| a | 1 | 0 | 1 | 2.6s |", "- a TestRoot: needs root", "## Failed\n\nNone."} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q:\n%s", want, page.String())
		}
	}
	if got := shown.String(); got != "make: something\nok   github.com/drplan/drplan/a 2.6s\n" {
		t.Errorf("shown: %q", got)
	}
	if !r.good() {
		t.Error("it is not good")
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
		var r results
		var shown bytes.Buffer
		if err := r.read(strings.NewReader(stream), &shown); err != nil {
			t.Fatal(err)
		}
		if r.good() {
			t.Errorf("%s: it is good", name)
		}
	}
}
