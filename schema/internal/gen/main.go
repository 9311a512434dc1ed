// Command gen writes the schema of plans with every step kind.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/drplan/drplan/schema"
	"github.com/drplan/drplan/steps/all"
)

func main() {
	out := flag.String("o", "dr-plan.schema.json", "the file to write")
	flag.Parse()
	if err := write(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(path string) error {
	data, err := schema.Build(all.Registry())
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
