package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// event is a line of `go test -json`, as `go doc test2json` describes it.
type event struct {
	Action, Package, Test, Output, Key, Value string
	Elapsed                                   float64
}

type results struct {
	packages []*pkg
}

type pkg struct {
	name    string
	took    time.Duration
	outcome string // pass, fail, skip; "" while it runs
	tests   []*test
	said    []string // by no test: a build that failed, a panic
}

type test struct {
	name    string
	took    time.Duration
	outcome string
	said    []string
	figures []figure
}

type figure struct{ name, value string }

// read takes in all of it, and tells of each package as it ends.
func (r *results) read(in io.Reader, show io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(show, lines.Text()) // such as what make prints
			continue
		}
		if e.Package != "" { // a build's own lines come again as the package's
			r.pkg(e.Package).take(e, show)
		}
	}
	return lines.Err()
}

func (r *results) pkg(name string) *pkg {
	for _, p := range r.packages {
		if p.name == name {
			return p
		}
	}
	p := &pkg{name: name}
	r.packages = append(r.packages, p)
	return p
}

func (p *pkg) take(e event, show io.Writer) {
	if e.Test != "" {
		p.test(e.Test).take(e)
		return
	}
	switch e.Action {
	case "output":
		p.said = append(p.said, e.Output)
	case "pass", "fail", "skip":
		p.outcome, p.took = e.Action, seconds(e.Elapsed)
		p.show(show)
	}
}

func (p *pkg) test(name string) *test {
	for _, t := range p.tests {
		if t.name == name {
			return t
		}
	}
	t := &test{name: name}
	p.tests = append(p.tests, t)
	return t
}

func (t *test) take(e event) {
	switch e.Action {
	case "output":
		t.said = append(t.said, e.Output)
	case "attr":
		t.figures = append(t.figures, figure{strings.ReplaceAll(e.Key, "_", " "), e.Value})
	case "pass", "fail", "skip":
		t.outcome, t.took = e.Action, seconds(e.Elapsed)
	}
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond)
}

// show is what `go test` would have printed of the package.
func (p *pkg) show(w io.Writer) {
	if len(p.tests) == 0 && p.outcome == "skip" {
		return // it has no tests
	}
	fmt.Fprintf(w, "%-4s %s %s\n", map[string]string{"pass": "ok", "fail": "FAIL", "skip": "skip"}[p.outcome], p.name, p.took)
	if p.outcome != "fail" {
		return
	}
	for _, t := range p.tests {
		if t.outcome != "pass" && t.outcome != "skip" {
			fmt.Fprint(w, strings.Join(t.said, ""))
		}
	}
	fmt.Fprint(w, strings.Join(p.said, ""))
}

// good is false where anything failed or did not come to its end, or nothing ran.
func (r *results) good() bool {
	ran := 0
	for _, p := range r.packages {
		if p.outcome != "pass" && p.outcome != "skip" {
			return false
		}
		ran += p.count("pass")
	}
	return ran > 0
}

// count counts tests, without those that they consist of.
func (p *pkg) count(outcome string) (n int) {
	for _, t := range p.tests {
		if t.outcome == outcome && !strings.Contains(t.name, "/") {
			n++
		}
	}
	return n
}
