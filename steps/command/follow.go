package command

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/steps"
)

// followPoll is how often a running program's output is looked at.
const followPoll = 100 * time.Millisecond

// maxLine is how many bytes of a line without an end are waited for.
const maxLine = 32 << 10

// follower passes a program's output on as it appears, whole lines at a time,
// so that those of standard output and standard error do not mix.
type follower struct {
	in    *steps.Run
	files [2]followed
}

type followed struct {
	path string
	file *os.File
	rest []byte // of a line that has no end yet
	cut  bool   // rest goes on with a line whose beginning was passed
	read int64  // bytes so far; at most keepHead
	told bool   // that there is more than that
}

func newFollower(a attempt, in *steps.Run) *follower {
	f := &follower{in: in}
	f.files[0].path, f.files[1].path = a.path("stdout"), a.path("stderr")
	return f
}

func (f *follower) poll() {
	for i := range f.files {
		f.files[i].pass(f.in, false)
	}
}

// close passes what is left, lines without an end too.
func (f *follower) close() {
	for i := range f.files {
		f.files[i].pass(f.in, true)
		if f.files[i].file != nil {
			f.files[i].file.Close()
		}
	}
}

// pass reads what is new. Output that cannot be read or shown is not worth
// failing a step for: it is in its file.
func (f *followed) pass(in *steps.Run, last bool) {
	if f.file == nil {
		f.file, _ = os.Open(f.path)
	}
	if f.file == nil {
		return
	}
	buf := make([]byte, maxLine)
	for {
		n, err := f.file.Read(buf[:min(maxLine, keepHead-f.read)])
		f.read += int64(n)
		f.rest = append(f.rest, buf[:n]...)
		f.flush(in, len(f.rest) > maxLine)
		if n == 0 || err != nil {
			break
		}
	}
	f.flush(in, last || f.read == keepHead)
	f.tell(in)
}

// tell says once that not all was passed on.
func (f *followed) tell(in *steps.Run) {
	info, err := f.file.Stat()
	if f.told || f.read < keepHead || err != nil || info.Size() <= keepHead || in.Output == nil {
		return
	}
	f.told = true
	fmt.Fprintf(in.Output, "\n[its %s goes on: only the first %d MiB are kept]\n", filepath.Base(f.path), keepHead>>20)
}

// flush passes the whole lines, or all. The other stream's lines may come
// between the pieces of one that is cut, and so each piece is redacted by itself.
func (f *followed) flush(in *steps.Run, all bool) {
	n := bytes.LastIndexByte(f.rest, '\n') + 1
	cut := f.cut
	if all && n < len(f.rest) {
		n, cut = len(f.rest), true
	}
	if n == 0 {
		return
	}
	text := string(f.rest[:n])
	if cut {
		text = in.RedactCut(text)
	}
	if in.Output != nil {
		_, _ = io.WriteString(in.Output, text)
	}
	f.cut = f.rest[n-1] != '\n'
	f.rest = f.rest[n:]
}
