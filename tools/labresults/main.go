// Command labresults reads what `go test -json` prints, shows the packages as they
// end with what failed in them, and writes all of it to a page: which tests ran, how
// long they took, why some did not, and the figures that they reported by
// testing.T.Attr. Its exit code is 1 where anything failed, or nothing ran.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

func main() {
	page := flag.String("o", "", "the page to write")
	command := flag.String("of", "make test-lab", "the command whose results they are")
	flag.Parse()
	var all results
	if err := all.read(os.Stdin, os.Stdout); err != nil {
		fail(err)
	}
	if *page != "" {
		var out bytes.Buffer
		all.write(&out, *command, header())
		if err := os.WriteFile(*page, out.Bytes(), 0o644); err != nil {
			fail(err)
		}
	}
	if !all.good() {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "labresults:", err)
	os.Exit(3)
}

// header says what ran, when, and on what.
func header() string {
	commit, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		commit = []byte("unknown")
	}
	load, _ := os.ReadFile("/proc/loadavg") // elsewhere than on Linux nothing is said
	return fmt.Sprintf("%s UTC, commit %s, %s, %d cores, load %s at the end.",
		time.Now().UTC().Format("2006-01-02 15:04"), strings.TrimSpace(string(commit)), runtime.Version(), runtime.NumCPU(),
		strings.Join(strings.Fields(string(load))[:min(3, len(strings.Fields(string(load))))], " "))
}
