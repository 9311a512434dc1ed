package simulate

import (
	"errors"
	"fmt"

	"github.com/drplan/drplan/engine"
)

// most bounds a run: a world in which something takes no time for ever must not hang.
const most = 10_000_000

// Run drives a run from its beginning to its end and says what became of it. record,
// where it is not nil, gets every event. The error is that of a graph which the core
// refuses, or of a run that nothing brings on: somebody is asked who never answers.
func Run(h engine.Header, w World, record func(engine.Event)) (*Result, error) {
	m, err := engine.New(h)
	if err != nil {
		return nil, err
	}
	d := &driver{header: h, world: w, machine: m, record: record}
	d.index()
	if err := d.step(engine.Start{}); err != nil {
		return nil, err
	}
	if err := d.drive(); err != nil {
		return nil, err
	}
	return d.result(), nil
}

// driver is the state of one simulated run.
type driver struct {
	header  engine.Header
	world   World
	machine *engine.Machine
	record  func(engine.Event)
	nodes   map[string]*engine.Node
	now     engine.Time
	coming  []happening
	order   int
}

// happening is an input that is to come.
type happening struct {
	at    engine.Time
	order int // of those that come at one time the one that was asked for first is first
	input engine.Input
}

func (d *driver) index() {
	d.nodes = make(map[string]*engine.Node, len(d.header.Graph.Nodes))
	for i := range d.header.Graph.Nodes {
		n := &d.header.Graph.Nodes[i]
		d.nodes[n.ID] = n
	}
}

func (d *driver) stamp() engine.Stamp {
	return engine.Stamp{T: d.now, Wall: d.header.Started.Add(d.now)}
}

func (d *driver) step(in engine.Input) error {
	err := d.machine.Step(d.stamp(), in)
	if errors.Is(err, engine.ErrStale) { // the core had gone on without it
		return nil
	}
	return err
}

func (d *driver) drive() error {
	for range most {
		ready := d.machine.Ready()
		if d.record != nil {
			for _, e := range ready.Events {
				d.record(e)
			}
		}
		if ready.Closed {
			return nil
		}
		d.act(ready)
		if err := d.next(); err != nil {
			return err
		}
	}
	return errors.New("the simulated run does not come to an end")
}

// act has the world answer what the core asks.
func (d *driver) act(ready engine.Ready) {
	for _, p := range ready.Preflight {
		d.later(d.world.Preflight(p), engine.PreflightResult{Phase: p})
	}
	for _, id := range ready.Resolve {
		answer, takes := d.world.Resolve(d.nodes[id])
		answer.Node = id
		d.later(takes, answer)
	}
	for _, a := range ready.Start {
		goes := d.world.Attempt(d.nodes[a.Node], a.Key, a.Attempt)
		end := engine.Ended{Node: a.Node, Key: a.Key, Attempt: a.Attempt}
		if goes.Fails {
			end.Err, end.Final = "it fails", goes.Final
		}
		d.later(goes.Takes, end)
	}
	for _, a := range ready.Cancel {
		d.stop(a)
	}
	for _, a := range ready.Asked {
		if takes, ok := d.world.Answer(d.nodes[a.Node], a.Key); ok {
			d.later(takes, engine.Answered{Node: a.Node, Key: a.Key, OK: true, By: "somebody"})
		}
	}
}

// stop has a cancelled attempt return at once.
func (d *driver) stop(a engine.Attempt) {
	for i, h := range d.coming {
		if e, ok := h.input.(engine.Ended); ok && e.Node == a.Node && e.Key == a.Key && e.Attempt == a.Attempt {
			e.Err = "it was stopped"
			d.coming[i].at, d.coming[i].input = d.now, e
		}
	}
}

func (d *driver) later(after engine.Span, in engine.Input) {
	d.coming = append(d.coming, happening{at: add(d.now, after), order: d.order, input: in})
	d.order++
}

// add does not wrap around: what takes longer than can be expressed never happens.
func add(t engine.Time, d engine.Span) engine.Time {
	if sum := t + max(d, 0); sum >= t {
		return sum
	}
	return 1<<63 - 1
}

// next lets the next thing happen: an answer, or the core's own deadline.
func (d *driver) next() error {
	due, waits := d.machine.NextDeadline()
	i := d.first()
	switch {
	case i >= 0 && (!waits || d.coming[i].at <= due):
		h := d.coming[i]
		d.coming[i] = d.coming[len(d.coming)-1]
		d.coming = d.coming[:len(d.coming)-1]
		d.now = max(d.now, h.at)
		return d.step(h.input)
	case waits:
		d.now = max(d.now, due)
		d.machine.Tick(d.stamp())
		return nil
	}
	return fmt.Errorf("the simulated run stands still at %s", d.now)
}

// first finds what comes next: few things are under way at one time, so that a
// queue with an order would cost more than it saves. -1: nothing.
func (d *driver) first() int {
	best := -1
	for i := range d.coming {
		if best < 0 || d.coming[i].before(d.coming[best]) {
			best = i
		}
	}
	return best
}

func (h happening) before(o happening) bool { return h.at < o.at || h.at == o.at && h.order < o.order }
