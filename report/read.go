package report

import (
	"bytes"
	"errors"
	"fmt"
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

	// Gap says that the run before this one is not where it was; empty: it is, or
	// nobody looked.
	Gap string
}

// Read reads the journal of the run in the folder dir. It neither locks nor
// writes: the run may be live. Damage is an error of package journal.
func Read(dir string) (*Run, error) {
	records, proof, err := journal.Load(dir, engine.IsClosing)
	return read(dir, records, proof, err)
}

// ReadBytes is Read of a journal's bytes; name is what errors call it.
func ReadBytes(name string, data []byte) (*Run, error) {
	records, proof, err := journal.LoadBytes(bytes.NewReader(data), int64(len(data)), name, engine.IsClosing)
	return read(name, records, proof, err)
}

func read(name string, records [][]byte, proof journal.Verification, err error) (*Run, error) {
	if err != nil {
		return nil, err
	}
	run, err := decode(records)
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
