package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Run is what a step knows of the run it is part of.
type Run struct {
	RunID   string
	StepID  string // with its key: restore[eu]
	Attempt int    // 1, 2, …
	Mode    string // drill or recovery
	Phase   string
	Partial bool // of PreflightEarly: some fields are empty, because earlier steps have yet to give them
	Attach  bool // the attempt is running already (Reconcile said Running): wait for it, do not begin it again

	Cluster *Cluster // what the step touches; nil: the kubeconfig's current context, for a kind that needs a cluster
	Host    *Host    // nil: the step names none

	Dir    string            // this step's own folder in the run's folder: 0700, the same for every attempt and after a resume
	Env    map[string]string // the step's env, secrets resolved
	Params map[string]string // for DRPLAN_PARAM_X

	// Template is the input as the plan has it, expressions unresolved: for error messages.
	Template json.RawMessage

	Log      *slog.Logger     // goes to the run's log
	Output   io.Writer        // where a program's output goes as it appears
	Progress func(msg string) // one short line that replaces the last: "412 of 1,024 MiB"

	// Redactor takes the secrets out of a text; cut: the text was cut out of a
	// longer one. Use Redact and RedactCut, which do without it.
	Redactor func(text string, cut bool) string

	Now func() time.Time // wall clock
}

// Redact takes the secrets out of what a program or a server has said. Whoever
// shortens or quotes such a text calls it before: of half a secret, or of one
// that is written otherwise, nobody later sees that it is one.
func (r *Run) Redact(text string) string { return r.redact(text, false) }

// RedactCut is Redact for a text that was cut out of a longer one: what may be
// the beginning or the end of a secret is taken from its two ends too.
func (r *Run) RedactCut(text string) string { return r.redact(text, true) }

func (r *Run) redact(text string, cut bool) string {
	if r.Redactor == nil {
		return text
	}
	return r.Redactor(text, cut)
}

// FieldError is an error in one field of a step: Path is dotted, such as "tls.ca".
type FieldError struct {
	Path string
	Err  error
}

func (e *FieldError) Error() string { return e.Path + ": " + e.Err.Error() }
func (e *FieldError) Unwrap() error { return e.Err }

// Errorf makes a FieldError.
func Errorf(path, format string, args ...any) error {
	return &FieldError{path, fmt.Errorf(format, args...)}
}

// Under puts the field errors of a nested config under its field's name. Other
// errors pass as they are; nil stays nil.
func Under(name string, err error) error {
	switch e := err.(type) {
	case *FieldError:
		return &FieldError{name + "." + e.Path, e.Err}
	case interface{ Unwrap() []error }:
		var errs []error
		for _, one := range e.Unwrap() {
			errs = append(errs, Under(name, one))
		}
		return errors.Join(errs...)
	}
	return err
}

type final struct{ error }

func (f final) Unwrap() error { return f.error }

// Final marks an error as one that another attempt cannot help: wrong
// credentials, a hash mismatch, a missing file.
func Final(err error) error {
	if err == nil {
		return nil
	}
	return final{err}
}

// IsFinal reports whether err, or an error it wraps, was marked with Final.
func IsFinal(err error) bool {
	var f final
	return errors.As(err, &f)
}
