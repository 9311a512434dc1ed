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
	Time                                      time.Time
	Action, Package, Test, Output, Key, Value string
	Elapsed                                   float64
}

// read takes in all of it, and tells of each package as it ends. One that does not
// come to its end has failed.
func (r *results) read(in io.Reader, show io.Writer, ended func(*pkg) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(show, lines.Text()) // such as what make prints
			continue
		}
		if e.Package == "" { // a build's own lines come again as the package's
			continue
		}
		p := r.pkg(e.Package)
		if p.take(e); p.Outcome != "" && e.Test == "" {
			p.show(show)
			if err := ended(p); err != nil {
				return err
			}
		}
	}
	for _, p := range r.Packages {
		if p.Outcome == "" {
			p.cut()
			p.show(show)
			if err := ended(p); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// cut is what a package is whose tests were stopped: the one that ran has failed.
func (p *pkg) cut() {
	p.Outcome = "fail"
	for _, t := range p.Tests {
		if t.Outcome == "" {
			t.Outcome = "fail"
			t.said = append(t.said, "    it did not come to its end\n")
		}
	}
}

func (r *results) pkg(name string) *pkg {
	for _, p := range r.Packages {
		if p.Name == name {
			return p
		}
	}
	p := &pkg{Name: name}
	r.Packages = append(r.Packages, p)
	return p
}

func (p *pkg) take(e event) {
	p.At = e.Time
	if e.Test != "" {
		p.test(e.Test).take(e)
		return
	}
	switch e.Action {
	case "output":
		p.said = append(p.said, e.Output)
	case "pass", "fail", "skip":
		p.Outcome, p.Took = e.Action, seconds(e.Elapsed)
	}
}

func (p *pkg) test(name string) *test {
	for _, t := range p.Tests {
		if t.Name == name {
			return t
		}
	}
	t := &test{Name: name}
	p.Tests = append(p.Tests, t)
	return t
}

func (t *test) take(e event) {
	switch e.Action {
	case "output":
		t.said = append(t.said, e.Output)
	case "attr":
		t.Figures = append(t.Figures, figure{strings.ReplaceAll(e.Key, "_", " "), e.Value})
	case "pass", "fail", "skip":
		t.Outcome, t.Took = e.Action, seconds(e.Elapsed)
		t.Reason = t.reason()
	}
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(10 * time.Millisecond)
}

// show is what `go test` would have printed of the package.
func (p *pkg) show(w io.Writer) {
	if len(p.Tests) == 0 && p.Outcome == "skip" {
		return // it has no tests
	}
	fmt.Fprintf(w, "%-4s %s %s\n", map[string]string{"pass": "ok", "fail": "FAIL", "skip": "skip"}[p.Outcome], p.Name, p.Took)
	if p.Outcome != "fail" {
		return
	}
	for _, t := range p.Tests {
		if t.Outcome != "pass" && t.Outcome != "skip" {
			fmt.Fprint(w, strings.Join(t.said, ""))
		}
	}
	fmt.Fprint(w, strings.Join(p.said, ""))
}
