package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// page writes the page.
func (r *results) page(w io.Writer) {
	fmt.Fprint(w, "# Results on whole clusters\n\n`make test-lab` writes this page: of each package what came of its last run.\n")
	r.writeFigures(w)
	r.writePackages(w)
	r.writeList(w, "Failed", "fail")
	r.writeList(w, "Skipped", "skip")
}

func (r *results) writeFigures(w io.Writer) {
	fmt.Fprint(w, "\n## Figures\n\n| test | figure | measured |\n|---|---|---|\n")
	for _, p := range r.Packages {
		for _, t := range p.Tests {
			for _, f := range t.Figures {
				fmt.Fprintf(w, "| %s | %s | %s |\n", cell(short(p.Name)+" "+t.Name), cell(f.Name), cell(f.Value))
			}
		}
	}
}

func (r *results) writePackages(w io.Writer) {
	fmt.Fprint(w, "\n## Packages\n\nTests are counted without those that they consist of.\n\n| package | passed | failed | skipped | time | ended, UTC | commit | on |\n|---|---:|---:|---:|---:|---|---|---|\n")
	for _, p := range r.Packages {
		fmt.Fprintf(w, "| %s | %d | %d | %d | %s | %s | %s | %s |\n", short(p.Name), p.count("pass"), p.count("fail"), p.count("skip"), p.Took.Round(100*time.Millisecond),
			p.At.UTC().Format("2006-01-02 15:04"), p.Commit, p.On)
	}
}

func (r *results) writeList(w io.Writer, title, outcome string) {
	fmt.Fprintf(w, "\n## %s\n\n", title)
	none := true
	for _, p := range r.Packages {
		for _, t := range p.Tests {
			if t.Outcome == outcome {
				none = false
				fmt.Fprintf(w, "- %s %s%s\n", short(p.Name), t.Name, t.Reason)
			}
		}
		if p.Outcome == "fail" && p.count("fail") == 0 && outcome == "fail" {
			none = false
			fmt.Fprintf(w, "- %s: the package itself\n", short(p.Name))
		}
	}
	if none {
		fmt.Fprintln(w, "None.")
	}
}

// said is a line of t.Log, with the place where it was said.
var said = regexp.MustCompile(`^\s+\S+\.go:\d+: (.*)`)

// reason is what a skipped test gives as its reason, "" for others.
func (t *test) reason() string {
	for _, line := range t.said {
		if m := said.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && t.Outcome == "skip" {
			return ": " + m[1]
		}
	}
	return ""
}

// short is a package's name without its module's host and owner.
func short(name string) string { return strings.TrimPrefix(name, "github.com/drplan/drplan/") }

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
