package local

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
)

// redactor takes the values of secrets out of everything that leaves the
// driver: events, logs, programs' output. It learns a value when the secret is
// resolved, just before it could leak.
type redactor struct {
	mu     sync.RWMutex
	values []string // as they are, and as JSON writes them
}

const redacted = "[redacted]"

// minSecret is the shortest value that is redacted: shorter ones would take
// half of every text with them, and protect nothing.
const minSecret = 4

// add learns a value: as it is, line by line (programs print certificates that
// way), and each as JSON writes it. The longest comes first, so that a value
// which holds another is taken out whole.
func (r *redactor) add(value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range append(strings.Split(value, "\n"), value) {
		r.learn(strings.TrimRight(text, "\r"))
	}
	slices.SortStableFunc(r.values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
}

func (r *redactor) learn(text string) {
	if len(text) < minSecret {
		return
	}
	forms := []string{text}
	if raw, err := json.Marshal(text); err == nil {
		forms = append(forms, string(raw[1:len(raw)-1]))
	}
	for _, f := range forms {
		if !slices.Contains(r.values, f) {
			r.values = append(r.values, f)
		}
	}
}

func (r *redactor) text(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, v := range r.values {
		s = strings.ReplaceAll(s, v, redacted)
	}
	return s
}

func (r *redactor) json(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	clean := json.RawMessage(r.text(string(raw)))
	if !json.Valid(clean) { // a secret that looks like JSON's own syntax
		return json.RawMessage(`{}`)
	}
	return clean
}

// writer redacts line by line: a value must not slip through because it came in
// two pieces.
func (r *redactor) writer(w io.Writer) *redactingWriter { return &redactingWriter{r: r, w: w} }

type redactingWriter struct {
	mu   sync.Mutex
	r    *redactor
	w    io.Writer
	rest []byte // an unfinished line
}

// maxLine bounds the memory an endless line takes.
const maxLine = 64 << 10

func (w *redactingWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	end := bytes.LastIndexByte(w.rest, '\n') + 1
	if end == 0 && len(w.rest) > maxLine {
		end = len(w.rest)
	}
	if end == 0 {
		return len(p), nil
	}
	_, err := io.WriteString(w.w, w.r.text(string(w.rest[:end])))
	w.rest = append(w.rest[:0], w.rest[end:]...)
	return len(p), err
}

// Flush writes the unfinished line.
func (w *redactingWriter) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) == 0 {
		return nil
	}
	_, err := io.WriteString(w.w, w.r.text(string(w.rest)))
	w.rest = nil
	return err
}
