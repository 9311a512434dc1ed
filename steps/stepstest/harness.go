package stepstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
)

// Buffer collects what several goroutines write.
type Buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String is all that was written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// Recorder is a steps.Run for tests, and what the step said through it.
type Recorder struct {
	*steps.Run
	Logged   *Buffer
	Printed  *Buffer
	Reported *Buffer // Progress, one line each
}

// NewRun returns a Run in a folder of its own: the first attempt of step "step"
// of a drill's procedure. Change its fields as the test needs.
func NewRun(t testing.TB) *Recorder {
	r := &Recorder{Logged: &Buffer{}, Printed: &Buffer{}, Reported: &Buffer{}}
	r.Run = &steps.Run{
		RunID: "20260101-000000-test", StepID: "step", Attempt: 1, Mode: "drill", Phase: "procedure",
		Dir: t.TempDir(), Env: map[string]string{}, Params: map[string]string{},
		Log:      slog.New(slog.NewTextHandler(r.Logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Output:   r.Printed,
		Progress: func(msg string) { fmt.Fprintln(r.Reported, msg) },
		Now:      time.Now,
	}
	return r
}

// JSON marshals an input; a json.RawMessage or a string passes as it is.
func JSON(t testing.TB, input any) json.RawMessage {
	t.Helper()
	switch in := input.(type) {
	case json.RawMessage:
		return in
	case string:
		return json.RawMessage(in)
	}
	data, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (c Case) run(t *testing.T) *Recorder {
	r := NewRun(t)
	if c.Env != nil {
		r.Env = c.Env
	}
	if c.Params != nil {
		r.Params = c.Params
	}
	r.Redactor = func(text string, _ bool) string {
		for _, secret := range c.Secrets {
			text = strings.ReplaceAll(text, secret, steps.Redacted)
		}
		return text
	}
	if c.Set != nil {
		c.Set(r.Run)
	}
	return r
}
