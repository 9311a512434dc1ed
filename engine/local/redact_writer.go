package local

import (
	"io"
	"strings"
	"sync"
)

// writer redacts a stream. Where what has come so far ends in what may be the
// beginning of a secret, that much is held back: a value must not slip through
// because it came in two pieces. All else goes through at once.
func (r *redactor) writer(w io.Writer) *redactingWriter { return &redactingWriter{r: r, w: w} }

type redactingWriter struct {
	mu     sync.Mutex
	r      *redactor
	w      io.Writer
	rest   string // held back: shorter than the longest form
	secret int    // so many bytes of rest belong to a secret that is covered already
}

// Write implements io.Writer.
func (w *redactingWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.r.mu.RLock()
	defer w.r.mu.RUnlock()
	w.rest += string(p)
	return len(p), w.pass(len(w.rest) - w.r.begins(w.rest))
}

// Flush writes what was held back. A program may have ended in the middle of a
// secret.
func (w *redactingWriter) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.r.mu.RLock()
	defer w.r.mu.RUnlock()
	if n := w.r.begins(w.rest); n >= minSecret {
		err := w.pass(len(w.rest) - n)
		if err == nil && w.secret == 0 {
			_, err = io.WriteString(w.w, redacted)
		}
		w.rest, w.secret = "", 0
		return err
	}
	return w.pass(len(w.rest))
}

// pass writes the first n bytes of rest. They may end within a secret that is
// known to be one, and in whose end another may begin: it is covered now, and
// its other bytes stay covered.
func (w *redactingWriter) pass(n int) error {
	if n <= 0 {
		return nil
	}
	spans := w.r.found(w.rest)
	if w.secret > 0 {
		spans = merged(append(spans, span{0, w.secret}))
	}
	var b strings.Builder
	at, open := 0, 0
	for _, s := range spans {
		if s.from >= n {
			break
		}
		b.WriteString(w.rest[at:s.from])
		if s.from > 0 || w.secret == 0 {
			b.WriteString(redacted)
		}
		at, open = min(s.to, n), max(s.to-n, 0)
	}
	b.WriteString(w.rest[at:n])
	w.rest, w.secret = w.rest[n:], open
	_, err := io.WriteString(w.w, b.String())
	return err
}
