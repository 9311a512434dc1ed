package ui

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Terminal is what a stream can show.
type Terminal struct {
	Out    io.Writer
	TTY    bool // rows can be redrawn
	Color  bool
	ASCII  bool // the locale has no UTF-8
	fd     int
	getenv func(string) string
}

// Fallbacks for the size of a stream that does not tell.
const (
	defaultWidth  = 80
	defaultHeight = 24
	leastWidth    = 20
)

// Detect looks at a stream and at the environment: TERM=dumb has neither rows
// nor colour, NO_COLOR (no-color.org) no colour.
func Detect(w io.Writer, getenv func(string) string) Terminal {
	t := Terminal{Out: w, fd: -1, getenv: getenv, ASCII: !utf8Locale(getenv)}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return t
	}
	t.fd = int(f.Fd())
	t.TTY = getenv("TERM") != "dumb"
	t.Color = t.TTY && getenv("NO_COLOR") == ""
	return t
}

// Terminal reports whether a person sees what is written, dumb or not.
func (t Terminal) Terminal() bool { return t.fd >= 0 }

// IsTerminal reports whether a person can type into r.
func IsTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Size is the number of columns and lines, now. COLUMNS and LINES come first,
// as they do for other tools.
func (t Terminal) Size() (width, height int) {
	width, height = defaultWidth, defaultHeight
	if t.fd >= 0 {
		if w, h, err := term.GetSize(t.fd); err == nil && w > 0 && h > 0 {
			width, height = w, h
		}
	}
	if n, err := strconv.Atoi(t.getenv("COLUMNS")); err == nil && n > 0 {
		width = n
	}
	if n, err := strconv.Atoi(t.getenv("LINES")); err == nil && n > 0 {
		height = n
	}
	return max(width, leastWidth), height
}

// utf8Locale follows the order in which POSIX reads the locale. No locale at
// all is taken for UTF-8: containers have none, and their terminals do.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
