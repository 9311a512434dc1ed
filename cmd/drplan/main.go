package main

import (
	"io"
	"log"
	"os"

	"github.com/drplan/drplan/internal/startup"
	"github.com/drplan/drplan/internal/ui"
	"github.com/drplan/drplan/steps/command"
)

func main() {
	startup.Done()
	command.WrapperMain()     // returns at once unless this process is a command's wrapper
	log.SetOutput(io.Discard) // the S3 library prints there, over the live view; its errors say the same
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}
	os.Exit(a.execute(os.Args[1:]))
}

// app is the process as the commands see it.
type app struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	keys     *ui.Keyboard
}

// keyboard is the process's only reader of its input: a second one would take
// the first one's lines.
func (a *app) keyboard() *ui.Keyboard {
	if a.keys == nil {
		a.keys = ui.NewKeyboard(a.in)
	}
	return a.keys
}
