package ui

import (
	"context"

	"github.com/drplan/drplan/engine"
)

// Screen shows a run and asks people. Its methods may be called from several goroutines.
type Screen interface {
	// Past takes what happened before this process: it is known, not shown line by line.
	Past([]engine.Event)
	Event(engine.Event)
	Progress(step, message string)
	// Say shows a line that is no event.
	Say(text string)
	// Ask shows a question of a step that waits and returns the line that was
	// typed. It ends with context.Canceled when the wait is over otherwise.
	Ask(ctx context.Context, step, question string) (string, error)
	// Close shows the last state and lets go of the terminal.
	Close()
}

// New returns the screen that fits a terminal. keys may be nil where nobody can type.
func New(t Terminal, h engine.Header, keys *Keyboard) Screen {
	if t.TTY {
		return newLive(t, h, keys)
	}
	return newPlain(t, h, keys)
}
