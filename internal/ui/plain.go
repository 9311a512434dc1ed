package ui

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// plain writes one line an event. Progress within a step is left out: it would
// fill a log and tell nobody anything.
type plain struct {
	term Terminal
	desk desk

	mu    sync.Mutex
	state *state
}

func newPlain(t Terminal, h engine.Header, keys *Keyboard) *plain {
	return &plain{term: t, desk: desk{keys: keys}, state: newState(h)}
}

func (p *plain) Past(events []engine.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, ev := range events {
		p.state.apply(ev, time.Now())
	}
}

func (p *plain) Event(ev engine.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state.apply(ev, time.Now())
	p.desk.follow(p.state)
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

func (p *plain) Progress(string, string) {}

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

func (p *plain) Close() {}
