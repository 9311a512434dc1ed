package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/drplan/drplan/engine"
)

// loop runs until the run is closed. An error means that the driver cannot go
// on: above all that the journal cannot be written.
func (d *driver) loop(ctx context.Context) error {
	inbox := d.log.WatchInbox(d.ctx)
	for {
		todo := d.collect()
		if err := d.persist(todo.Events); err != nil {
			return err
		}
		if todo.Closed {
			return nil
		}
		d.act(todo)
		if err := d.wait(ctx, inbox); err != nil {
			return err
		}
	}
}

// collect takes all that the core has ready, resolving expressions on the way:
// that is pure, so it needs no event on disk first, and a chain of steps costs
// one sync each. Inputs that have come in meanwhile join the same batch.
func (d *driver) collect() engine.Ready {
	var todo engine.Ready
	for {
		rd := d.machine.Ready()
		todo.Events = append(todo.Events, rd.Events...)
		todo.Preflight = append(todo.Preflight, rd.Preflight...)
		todo.Start = append(todo.Start, rd.Start...)
		todo.Cancel = append(todo.Cancel, rd.Cancel...)
		todo.Reconcile = append(todo.Reconcile, rd.Reconcile...)
		todo.Asked = append(todo.Asked, rd.Asked...)
		todo.Closed = todo.Closed || rd.Closed
		for _, ev := range rd.Events {
			d.progress.apply(ev) // resolving reads outputs of this very batch
			if ev.Kind == engine.Reopened || ev.Kind == engine.PlanChanged {
				d.progress.follow(d.machine.View())
			}
		}
		for _, id := range rd.Resolve {
			d.mustStep(d.resolve(id))
		}
		if len(rd.Resolve) == 0 && (todo.Closed || !d.drain()) {
			return todo
		}
	}
}

// drain feeds the core one input that is waiting, if there is one.
func (d *driver) drain() bool {
	select {
	case in := <-d.inputs:
		d.take(in)
		return true
	default:
		return false
	}
}

// mustStep feeds an answer that the core has asked for. A refusal is a mistake
// in the program; it is noted, and the step's deadline ends the matter.
func (d *driver) mustStep(in engine.Input) {
	if err := d.step(in); err != nil && !errors.Is(err, engine.ErrStale) {
		d.note("", fmt.Sprintf("the core refused an input (%T): %v", in, err))
	}
}

// persist writes a batch and only then tells anybody: observers, and the people
// whose messages are now on record.
func (d *driver) persist(events []engine.Event) error {
	if len(events) == 0 {
		return nil
	}
	records := make([][]byte, len(events))
	for i, ev := range events {
		rec, err := engine.EncodeEvent(ev)
		if err != nil {
			return err
		}
		records[i] = rec
	}
	if err := d.log.Append(records...); err != nil {
		return err
	}
	for _, name := range d.acks {
		if err := d.log.Ack(name); err != nil {
			return err
		}
	}
	d.acks = d.acks[:0]
	for _, ev := range events {
		d.cfg.Observer.Event(ev)
	}
	d.tidy(events)
	d.followBackgrounds(events)
	return nil
}

// act does what the core asked for. Everything slow goes on in goroutines that
// answer through inputs.
func (d *driver) act(todo engine.Ready) {
	for _, phase := range todo.Preflight {
		d.startPreflight(phase)
	}
	for _, a := range todo.Reconcile {
		d.startReconcile(a)
	}
	for _, a := range todo.Start {
		d.startAttempt(a)
	}
	for _, a := range todo.Cancel {
		if cancel := d.running[attemptKey{a.Node, a.Key, a.Attempt}]; cancel != nil {
			cancel()
		}
	}
	for _, a := range todo.Asked {
		d.ask(a)
	}
}

// wait blocks until something happens, and feeds it to the core.
func (d *driver) wait(ctx context.Context, inbox <-chan struct{}) error {
	timer, stop := d.alarm()
	defer stop()
	select {
	case in := <-d.inputs:
		d.take(in)
	case <-timer:
		d.machine.Tick(d.clock.now())
	case <-inbox:
		return d.takeInbox()
	case by := <-d.cfg.Interrupts:
		d.interrupt(by)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

func (d *driver) take(in engine.Input) {
	if e, ok := in.(engine.Ended); ok {
		d.pace.Forget(JoinStep(e.Node, e.Key))
		key := attemptKey{e.Node, e.Key, e.Attempt}
		if cancel := d.running[key]; cancel != nil {
			cancel()
			delete(d.running, key)
		}
	}
	d.mustStep(in)
}

func (d *driver) interrupt(by string) {
	d.interrupts++
	if d.interrupts == 1 {
		d.mustStep(engine.Cancel{By: by, Reason: "interrupted"})
		return
	}
	d.mustStep(engine.Interrupt{By: by})
}

// alarm rings at the core's next deadline, if there is one.
func (d *driver) alarm() (<-chan time.Time, func()) {
	at, ok := d.machine.NextDeadline()
	if !ok {
		return nil, func() {}
	}
	t := time.NewTimer(max(d.clock.until(at), 0))
	return t.C, func() { t.Stop() }
}
