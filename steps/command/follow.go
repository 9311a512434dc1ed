package command

import (
	"bytes"
	"io"
	"os"
	"time"

	"github.com/drplan/drplan/steps"
)

// followPoll is how often a running program's output is looked at.
const followPoll = 100 * time.Millisecond

// follower passes a program's output on as it appears, whole lines at a time,
// so that those of standard output and standard error do not mix.
type follower struct {
	to    io.Writer
	files [2]followed
}

type followed struct {
	path string
	file *os.File
	rest []byte // of a line that has no end yet
}

func newFollower(a attempt, in *steps.Run) *follower {
	f := &follower{to: in.Output}
	if f.to == nil {
		f.to = io.Discard
	}
	f.files[0].path, f.files[1].path = a.path("stdout"), a.path("stderr")
	return f
}

func (f *follower) poll() {
	for i := range f.files {
		f.files[i].pass(f.to, false)
	}
}

// close passes what is left, lines without an end too.
func (f *follower) close() {
	for i := range f.files {
		f.files[i].pass(f.to, true)
		if f.files[i].file != nil {
			f.files[i].file.Close()
		}
	}
}

// pass reads what is new. Output that cannot be read or shown is not worth
// failing a step for: it is in its file.
func (f *followed) pass(to io.Writer, last bool) {
	if f.file == nil {
		f.file, _ = os.Open(f.path)
	}
	if f.file == nil {
		return
	}
	buf := make([]byte, 32<<10)
	for {
		n, err := f.file.Read(buf)
		f.rest = append(f.rest, buf[:n]...)
		f.flush(to, len(f.rest) > len(buf))
		if n == 0 || err != nil {
			break
		}
	}
	f.flush(to, last)
}

func (f *followed) flush(to io.Writer, all bool) {
	n := bytes.LastIndexByte(f.rest, '\n') + 1
	if all {
		n = len(f.rest)
	}
	if n > 0 {
		_, _ = to.Write(f.rest[:n])
		f.rest = f.rest[n:]
	}
}
