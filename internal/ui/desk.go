package ui

import (
	"context"
	"errors"
	"sync"
)

// desk keeps the questions that are open, so that one is withdrawn when its
// wait ends otherwise: answered from another terminal, timed out, cancelled.
type desk struct {
	keys *Keyboard

	mu   sync.Mutex
	open map[string]context.CancelFunc
}

// errNoKeyboard is returned where a question is put and nobody can type.
var errNoKeyboard = errors.New("nobody is at a keyboard here")

func (d *desk) ask(ctx context.Context, step string, waiting func(string) bool, put func(context.Context) (string, error)) (string, error) {
	if d.keys == nil {
		return "", errNoKeyboard
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.register(step, cancel)
	defer d.register(step, nil)
	if !waiting(step) { // it ended before it was put
		return "", context.Canceled
	}
	release, err := d.keys.take(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return put(ctx)
}

func (d *desk) register(step string, cancel context.CancelFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[string]context.CancelFunc{}
	}
	if cancel == nil {
		delete(d.open, step)
		return
	}
	d.open[step] = cancel
}

// follow withdraws the questions whose wait is over.
func (d *desk) follow(s *state) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for step, cancel := range d.open {
		if !s.waiting(step) {
			cancel()
		}
	}
}
