package main

import (
	"io"
	"os"

	"github.com/drplan/drplan/steps/command"
)

func main() {
	command.WrapperMain() // returns at once unless this process is a command's wrapper
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}
	os.Exit(a.execute(os.Args[1:]))
}

// app is the process as the commands see it.
type app struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}
