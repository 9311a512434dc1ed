package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

// Run is the journal of a run, read.
type Run struct {
	Header engine.Header
	Events []engine.Event

	// Live says that a driver has the run now. A journal cannot tell: without
	// it, a run whose journal is not closed counts as interrupted.
	Live bool

	// Now is when a live run is looked at, by the wall clock: what goes on has
	// gone on until then. Zero: until the last event.
	Now time.Time

	// Evidence is what the journal's bytes prove; nil where they were not at hand.
	Evidence *journal.Verification

	// Signatures are those of the checkpoints beside the journal; nil: there are none,
	// or nobody looked.
	Signatures []Signature

	// Told is who was told of the run, and who said that they know; nil where nobody
	// was, or nobody looked.
	Told []Notice

	// Gap says that the run before this one is not where it was; empty: it is, or
	// nobody looked.
	Gap string
}

// Read reads the journal of the run in the folder dir, in one go. It neither locks
// nor writes: the run may be live. Damage is an error of package journal.
func Read(dir string) (*Run, error) {
	f, err := os.Open(filepath.Join(dir, "journal.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read run: %s is not a regular file", f.Name())
	}
	return ReadFrom(f, info.Size(), f.Name())
}

// ReadFrom is Read of a journal that lies elsewhere than in a run's folder; name is
// what errors call it.
func ReadFrom(src io.ReaderAt, size int64, name string) (*Run, error) {
	var records [][]byte
	proof, err := journal.VerifyBytes(src, size, name, engine.IsClosing, func(l journal.Line) { records = append(records, l.Body) })
	switch {
	case err != nil:
		return nil, err
	case proof.Fault != nil && proof.Tail.Bytes == 0: // more than what a crash leaves
		return nil, proof.Fault
	}
	run, err := decode(records[:proof.Records]) // an unfinished batch was promised to nobody
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	run.Evidence = &proof
	return run, nil
}

func decode(records [][]byte) (*Run, error) {
	if len(records) == 0 {
		return nil, errors.New("the journal is empty")
	}
	header, err := engine.DecodeHeader(records[0])
	if err != nil {
		return nil, err
	}
	run := &Run{Header: header, Events: make([]engine.Event, 0, len(records)-1)}
	for _, record := range records[1:] {
		event, err := engine.DecodeEvent(record)
		if err != nil {
			return nil, err
		}
		run.Events = append(run.Events, event)
	}
	return run, nil
}
