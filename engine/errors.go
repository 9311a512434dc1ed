package engine

import "errors"

// The errors of Machine.Step that a driver must tell apart. Each says that the
// input was refused and the state is what it was.
var (
	// ErrClosed: the run has ended or stopped, or nobody has resumed it yet.
	ErrClosed = errors.New("the run is closed")
	// ErrStale: the input answers something that is no longer asked, such as an
	// attempt of a former process or one that the core has given up.
	ErrStale = errors.New("nothing is waiting for this answer")
	// ErrUnknownNode: the graph has no such node, or the node no such instance.
	ErrUnknownNode = errors.New("unknown step")
)

// ErrNewerFormat is what DecodeHeader, New and Replay wrap when a later version
// of drplan wrote the journal.
var ErrNewerFormat = errors.New("written by a later version of drplan")
