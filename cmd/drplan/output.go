package main

import (
	"errors"
	"io"
	"syscall"
)

// output is where a run's result goes. It remembers the first write that failed:
// a run is not stopped by it, and must not end as if nothing were missing.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// lost is why the result is not all where it was to go. A reader who left, as
// head does, has had what he wanted.
func (o *output) lost() error {
	if errors.Is(o.err, syscall.EPIPE) {
		return nil
	}
	return o.err
}
