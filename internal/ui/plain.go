package ui

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/pace"
	"github.com/drplan/drplan/report"
)

// plain writes one line an event. Of the progress within a step it writes what the
// step waits for, where that takes a while: all of it would fill a log and tell nobody
// anything.
type plain struct {
	term Terminal
	desk desk

	pace     pace.Pace
	now      func() time.Time
	stop     chan struct{}
	closing  sync.Once
	watching sync.WaitGroup

	mu    sync.Mutex
	state *state
}

// glance is how often plain looks for a step that waits.
const glance = time.Second

func newPlain(t Terminal, h engine.Header, keys *Keyboard) *plain {
	p := plainAt(t, h, keys, time.Now)
	p.watching.Go(p.watch)
	return p
}

// plainAt is a plain that nobody wakes.
func plainAt(t Terminal, h engine.Header, keys *Keyboard, now func() time.Time) *plain {
	return &plain{term: t, desk: desk{keys: keys}, state: newState(h), now: now, stop: make(chan struct{})}
}

func (p *plain) watch() {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.sayWhatWaits()
		case <-p.stop:
			return
		}
	}
}

func (p *plain) Past(events []engine.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ev := range events {
		p.state.apply(ev, p.now())
	}
}

func (p *plain) Event(ev engine.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.apply(ev, p.now())
	p.desk.follow(p.state)
	if ev.Kind == engine.AttemptEnded {
		p.pace.Forget(StepName(ev.Node, ev.Key))
	}
	if text := Line(ev); text != "" {
		fmt.Fprintf(p.term.Out, "+%s %s\n", report.Duration(ev.T), OneLine(text))
	}
	if p.desk.keys == nil {
		p.sayHowToAnswer(ev)
	}
}

// sayHowToAnswer tells whoever reads the log what a person has to type elsewhere.
func (p *plain) sayHowToAnswer(ev engine.Event) {
	r := p.state.rows[StepName(ev.Node, ev.Key)]
	if ev.Kind != engine.WaitStarted || r == nil || !r.node.Wait.People() {
		return
	}
	verb := "done"
	if r.node.Wait == engine.WaitApproval {
		verb = "approve"
	} else if p.state.header.Options.SimulateWaits {
		return // it is over already
	}
	fmt.Fprintf(p.term.Out, "  answer with: drplan %s %s %s\n", verb, p.state.header.RunID, r.id)
}

func (p *plain) Progress(step, message string) { p.pace.Note(step, message, p.now()) }

// sayWhatWaits writes what steps wait for that have been at it for a while.
func (p *plain) sayWhatWaits() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	for _, line := range p.pace.Due(now) {
		if r := p.state.rows[line.Step]; r == nil || r.status != engine.StatusRunning && r.status != engine.StatusStopping {
			p.pace.Forget(line.Step) // it spoke when it had ended
			continue
		}
		fmt.Fprintf(p.term.Out, "+%s %s goes on: %s\n", report.Duration(p.state.clock(now)), line.Step, OneLine(line.Message))
	}
}

func (p *plain) Say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.term.Out, text)
}

func (p *plain) Ask(ctx context.Context, step, question string) (string, error) {
	return p.desk.ask(ctx, step, p.waiting, func(ctx context.Context) (string, error) {
		p.mu.Lock()
		fmt.Fprintf(p.term.Out, "? %s ", OneLine(question))
		p.mu.Unlock()
		return p.desk.keys.ReadLine(ctx)
	})
}

func (p *plain) waiting(step string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state.waiting(step)
}

func (p *plain) Close() {
	p.closing.Do(func() { close(p.stop) })
	p.watching.Wait()
}
