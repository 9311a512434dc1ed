package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/plans"
)

// The exit codes, of all commands.
const (
	exitGood        = 0
	exitBad         = 1   // the document does not hold, findings, a failed run, a missed objective
	exitUsage       = 2   // wrong flags or arguments
	exitCannot      = 3   // it could not or would not run: unreadable, no connection, guard, doubt
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// fault is how a command ends that does not end well.
type fault struct {
	code int
	err  error  // nil: what there is to say has been said
	hint string // what to do next
	next *fault // what else there is to say
}

func (f *fault) Error() string {
	if f.err == nil {
		return fmt.Sprintf("exit %d", f.code)
	}
	return f.err.Error()
}

func (f *fault) Unwrap() error { return f.err }

func (f *fault) print(w io.Writer) {
	var findings plans.Findings
	switch {
	case f.err == nil:
	case errors.As(f.err, &findings):
		_ = findings.Render(w) // there is no other place to say that stderr is gone
	default:
		fmt.Fprintf(w, "drplan: %s\n", strings.TrimSpace(f.err.Error()))
	}
	if f.hint != "" && (f.next == nil || f.next.hint != f.hint) { // once for all that it is good for
		fmt.Fprintf(w, "  hint: %s\n", strings.ReplaceAll(f.hint, "\n", "\n        "))
	}
	if f.next != nil {
		f.next.print(w)
	}
}

func usage(err error, hint string) error      { return &fault{code: exitUsage, err: err, hint: hint} }
func cannot(err error, hint string) error     { return &fault{code: exitCannot, err: err, hint: hint} }
func exitWith(code int) error                 { return &fault{code: code} }
func usagef(format string, args ...any) error { return usage(fmt.Errorf(format, args...), "") }

// and joins two faults: all is said, in this order. Neither is changed: both may
// stand elsewhere, too.
func (f *fault) and(other *fault) *fault {
	if f == nil {
		return other
	}
	out := *f
	out.code, out.next = max(f.code, other.code), f.next.and(other)
	return &out
}

// asFault is toFault of an error that is one.
func asFault(err error) *fault {
	f := &fault{}
	errors.As(toFault(err), &f)
	return f
}

// toFault gives every error its exit code.
func toFault(err error) error {
	var f *fault
	var wrong *plans.UsageError
	var findings plans.Findings
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	case errors.As(err, &wrong):
		return &fault{code: exitUsage, err: errors.New(wrong.Msg), hint: wrong.Hint}
	case errors.As(err, &findings):
		return &fault{code: exitBad, err: findings}
	case errors.Is(err, local.ErrEnded):
		return &fault{code: exitUsage, err: err, hint: "start a new run instead"}
	}
	return &fault{code: exitCannot, err: err}
}
