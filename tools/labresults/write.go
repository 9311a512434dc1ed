package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// write makes the page.
func (r *results) write(w io.Writer, command, header string) {
	fmt.Fprintf(w, "# Results on whole clusters\n\nOf `%s`: %s\n", command, header)
	r.writeFigures(w)
	r.writePackages(w)
	r.writeList(w, "Failed", "fail")
	r.writeList(w, "Skipped", "skip")
}

func (r *results) writeFigures(w io.Writer) {
	fmt.Fprint(w, "\n## Figures\n\n| test | figure | measured |\n|---|---|---|\n")
	for _, p := range r.packages {
		for _, t := range p.tests {
			for _, f := range t.figures {
				fmt.Fprintf(w, "| %s | %s | %s |\n", cell(short(p.name)+" "+t.name), cell(f.name), cell(f.value))
			}
		}
	}
}

func (r *results) writePackages(w io.Writer) {
	fmt.Fprint(w, "\n## Packages\n\nTests are counted without those that they consist of.\n\n| package | passed | failed | skipped | time |\n|---|---:|---:|---:|---:|\n")
	for _, p := range r.packages {
		if len(p.tests) > 0 || p.outcome == "fail" {
			fmt.Fprintf(w, "| %s | %d | %d | %d | %s |\n", short(p.name), p.count("pass"), p.count("fail"), p.count("skip"), p.took.Round(100*time.Millisecond))
		}
	}
}

func (r *results) writeList(w io.Writer, title, outcome string) {
	fmt.Fprintf(w, "\n## %s\n\n", title)
	none := true
	for _, p := range r.packages {
		for _, t := range p.tests {
			if t.outcome == outcome {
				none = false
				fmt.Fprintf(w, "- %s %s%s\n", short(p.name), t.name, t.reason())
			}
		}
		if p.outcome == "fail" && p.count("fail") == 0 && outcome == "fail" {
			none = false
			fmt.Fprintf(w, "- %s: the package itself\n", short(p.name))
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
		if m := said.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && t.outcome == "skip" {
			return ": " + m[1]
		}
	}
	return ""
}

// short is a package's name without its module's host and owner.
func short(name string) string { return strings.TrimPrefix(name, "github.com/drplan/drplan/") }

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
