package ui

import (
	"bufio"
	"context"
	"io"
	"sync"
)

// Keyboard reads lines that people type. Questions take turns at it.
type Keyboard struct {
	in    io.Reader
	once  sync.Once
	turn  chan struct{}
	lines chan string

	mu     sync.Mutex
	asking bool
	err    error
}

// NewKeyboard reads from in, from the first question on.
func NewKeyboard(in io.Reader) *Keyboard {
	return &Keyboard{in: in, turn: make(chan struct{}, 1), lines: make(chan string, 1)}
}

// take waits for this question's turn.
func (k *Keyboard) take(ctx context.Context) (release func(), err error) {
	select {
	case k.turn <- struct{}{}:
		return func() { <-k.turn }, nil
	case <-ctx.Done():
		return nil, context.Canceled
	}
}

// ReadLine returns the next line without its end. What is typed while nobody
// asks answers nothing: it is dropped. The error is io.EOF where the keyboard is
// gone, context.Canceled where ctx is.
func (k *Keyboard) ReadLine(ctx context.Context) (string, error) {
	k.setAsking(true) // before anything is read: what was typed ahead answers the first question
	defer k.setAsking(false)
	k.once.Do(func() { go k.read() })
	select {
	case s, ok := <-k.lines:
		if !ok {
			return "", k.err
		}
		return s, nil
	case <-ctx.Done():
		return "", context.Canceled
	}
}

func (k *Keyboard) setAsking(on bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asking = on
	select {
	case _, ok := <-k.lines: // a line that came for the last question, too late
		if !ok {
			return
		}
	default:
	}
}

func (k *Keyboard) read() {
	in := bufio.NewScanner(k.in)
	for in.Scan() {
		k.mu.Lock()
		if k.asking {
			select {
			case k.lines <- in.Text():
			default:
			}
		}
		k.mu.Unlock()
	}
	k.err = in.Err()
	if k.err == nil {
		k.err = io.EOF
	}
	close(k.lines)
}
