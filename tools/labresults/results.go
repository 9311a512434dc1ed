package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// results are packages in the order in which they ran. Of a package only its newest
// results are kept, so that each can be run by itself.
type results struct {
	Packages []*pkg `json:"packages"`
}

type pkg struct {
	Name    string        `json:"name"`
	At      time.Time     `json:"at"`     // when it ended
	Commit  string        `json:"commit"` // as git describes it
	On      string        `json:"on"`     // the Go and the machine that ran it
	Took    time.Duration `json:"took_ns"`
	Outcome string        `json:"outcome"` // pass, fail, skip; "" while it runs
	Tests   []*test       `json:"tests,omitempty"`
	said    []string      // by no test: a build that failed, a panic
}

type test struct {
	Name    string        `json:"name"`
	Took    time.Duration `json:"took_ns"`
	Outcome string        `json:"outcome"`
	Reason  string        `json:"reason,omitempty"` // why it was skipped
	Figures []figure      `json:"figures,omitempty"`
	said    []string
}

type figure struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// load reads what is kept; of a file that is not there, nothing.
func load(path string) (*results, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &results{}, nil
	}
	if err != nil {
		return nil, err
	}
	var r results
	return &r, json.Unmarshal(data, &r)
}

// keep puts a package's results in the place of its former ones. A package without
// tests is not kept, nor what a test consists of where all was well and nothing measured.
func (r *results) keep(p *pkg) {
	p.Tests = slices.DeleteFunc(p.Tests, func(t *test) bool {
		return t.Outcome == "pass" && len(t.Figures) == 0 && strings.Contains(t.Name, "/")
	})
	i := slices.IndexFunc(r.Packages, func(o *pkg) bool { return o.Name == p.Name })
	switch {
	case i >= 0:
		r.Packages[i] = p
	case len(p.Tests) > 0 || p.Outcome == "fail":
		r.Packages = append(r.Packages, p)
		slices.SortFunc(r.Packages, func(a, b *pkg) int { return strings.Compare(a.Name, b.Name) })
	}
}

// save writes all of it to a file.
func (r *results) save(path string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// good is false where anything failed, or nothing ran.
func (r *results) good() bool {
	ran := 0
	for _, p := range r.Packages {
		if p.Outcome != "pass" && p.Outcome != "skip" {
			return false
		}
		ran += p.count("pass")
	}
	return ran > 0
}

// count counts tests, without those that they consist of.
func (p *pkg) count(outcome string) (n int) {
	for _, t := range p.Tests {
		if t.Outcome == outcome && !strings.Contains(t.Name, "/") {
			n++
		}
	}
	return n
}
