package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// EncodeHeader writes a header as one line of JSON, as the first record of a
// journal. A Format of 0 becomes this build's.
func EncodeHeader(h Header) ([]byte, error) {
	if h.Format == 0 {
		h.Format = Format
	}
	b, err := encode(h)
	if err != nil {
		return nil, fmt.Errorf("encode the header: %w", err)
	}
	return b, nil
}

// DecodeHeader reads what EncodeHeader wrote. It refuses a newer format with
// ErrNewerFormat before it looks at anything else.
func DecodeHeader(record []byte) (Header, error) {
	var probe struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(record, &probe); err != nil {
		return Header{}, fmt.Errorf("decode the header: %w", err)
	}
	switch {
	case probe.Format > Format:
		return Header{}, fmt.Errorf("decode the header: %w: its format is %d, this build reads up to %d; use that version", ErrNewerFormat, probe.Format, Format)
	case probe.Format < 1:
		return Header{}, errors.New("decode the header: it names no format, so it is not a header")
	}
	var h Header
	if err := json.Unmarshal(record, &h); err != nil {
		return Header{}, fmt.Errorf("decode the header: %w", err)
	}
	return h, nil
}

// EncodeEvent writes an event as one line of JSON.
func EncodeEvent(e Event) ([]byte, error) {
	b, err := encode(e)
	if err != nil {
		return nil, fmt.Errorf("encode event %d (%s): %w", e.Seq, e.Kind, err)
	}
	return b, nil
}

// DecodeEvent reads what EncodeEvent wrote. An event of a kind that this build
// does not know is an error: to leave it out would change what the rest means.
func DecodeEvent(record []byte) (Event, error) {
	var e Event
	if err := json.Unmarshal(record, &e); err != nil {
		return Event{}, fmt.Errorf("decode an event: %w", err)
	}
	switch {
	case e.Seq < 1 || e.T < 0:
		return Event{}, fmt.Errorf("decode an event: seq %d at %s is out of range", e.Seq, e.T)
	case !e.Kind.known():
		return Event{}, fmt.Errorf("decode event %d: unknown kind %q", e.Seq, e.Kind)
	}
	return e, nil
}

// IsClosing reports whether a record is one after which a run expects no more:
// run_ended or run_stopped.
func IsClosing(record []byte) bool {
	var e struct {
		Kind EventKind `json:"event"`
	}
	return json.Unmarshal(record, &e) == nil && (e.Kind == RunEnded || e.Kind == RunStopped)
}

func (k EventKind) known() bool {
	switch k {
	case RunStarted, PhaseStarted, PreflightDone, StepResolving, StepResolved, AttemptStarted, AttemptTimedOut,
		AttemptCancelled, AttemptEnded, RetryScheduled, WaitStarted, WaitEnded, StepEnded, PhaseEnded, CancelRequested,
		Resumed, AttemptReconciled, InDoubt, Settled, Reopened, PlanChanged, JournalCut, Noted, RunStopped, RunEnded:
		return true
	}
	return false
}

// encode writes JSON without escaping for HTML, so that what steps gave back
// stays byte for byte what it was.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
