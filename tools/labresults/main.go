// Command labresults reads what `go test -json` prints, shows the packages as they end
// with what failed in them, and keeps what came of each in PAGE.json, from which it
// writes PAGE.md: which tests ran, how long they took, why some did not, and the figures
// that they reported by testing.T.Attr. Its exit code is 1 where anything that it read
// failed, or nothing ran.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

func main() {
	page := flag.String("o", "", "the page to write, without .md")
	flag.Parse()
	kept, err := load(*page + ".json")
	if err != nil {
		fail(fmt.Errorf("%s.json: %w; what is kept in it cannot be read: mend it, or remove it", *page, err))
	}
	commit, on := commit(), fmt.Sprintf("%s, %d cores", runtime.Version(), runtime.NumCPU())
	var now results
	err = now.read(os.Stdin, os.Stdout, func(p *pkg) error { // at once: a run of hours may be interrupted
		p.Commit, p.On = commit, on
		kept.keep(p)
		return kept.write(*page)
	})
	if err != nil {
		fail(err)
	}
	if !now.good() {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "labresults:", err)
	os.Exit(3)
}

// write writes both files.
func (r *results) write(page string) error {
	var out bytes.Buffer
	r.page(&out)
	if err := os.WriteFile(page+".md", out.Bytes(), 0o644); err != nil {
		return err
	}
	return r.save(page + ".json")
}

// commit is what is tested.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
