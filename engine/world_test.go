package engine

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// world is what a driver drives: how long things take and how they end is a
// function of their names and the seed, so that a run can be played again.
type world struct {
	seed  uint64
	calm  bool // nothing is slow to stop, no wait goes unanswered, every preflight holds
	graph Graph
}

// dice throws for a thing: 0 … n-1, always the same for the same names.
func (w world) dice(n uint64, names ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, w.seed, names)
	x := h.Sum64() // FNV's low bits are poor
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x % n
}

func (w world) resolve(id string) Resolved {
	in := Resolved{Node: id, When: w.dice(8, "when", id) > 0, WaitFor: time.Duration(w.dice(20, "wait", id)) * time.Second}
	for i := range w.dice(4, "items", id) {
		in.Items = append(in.Items, Item{Key: fmt.Sprint("k", i)})
	}
	if w.dice(15, "broken", id) == 0 {
		in.Err = "no such output"
	}
	return in
}

func (w world) preflight(p Phase) PreflightResult {
	bad := !w.calm && w.dice(12, "preflight", p) == 0
	return PreflightResult{Phase: p, Checks: []Check{{Name: "disk_space", OK: !bad}}}
}

// ended is how an attempt ends by itself, and after how long.
func (w world) ended(a Attempt) (Ended, Span) {
	e := Ended{Node: a.Node, Key: a.Key, Attempt: a.Attempt}
	switch w.dice(10, "ended", a.Node, a.Key, a.Attempt) {
	case 0, 1:
		e.Err = "broken"
	case 2:
		e.Err, e.Final = "access denied", true
	default:
		e.Outputs = fmt.Appendf(nil, `{"attempt":%d}`, a.Attempt)
	}
	return e, time.Duration(w.dice(20, "takes", a.Node, a.Key, a.Attempt)) * time.Second
}

// stopped is how it ends when it is cancelled; not at all for some.
func (w world) stopped(a Attempt) (Ended, Span, bool) {
	e := Ended{Node: a.Node, Key: a.Key, Attempt: a.Attempt}
	switch d := w.dice(6, "stops", a.Node, a.Key, a.Attempt); {
	case d == 0 && !w.calm:
		return e, 0, false
	case d > 1:
		e.Err = "context canceled"
	}
	return e, time.Second, true
}

// found is what a reconciliation finds.
func (w world) found(a Attempt) Reconciled {
	e, _ := w.ended(a)
	r := Reconciled{Node: a.Node, Key: a.Key, Attempt: a.Attempt, Outputs: e.Outputs, Err: e.Err}
	switch d := w.dice(4, "found", a.Node, a.Key, a.Attempt); {
	case d == 0:
		r.Verdict = VerdictRunning
	case d == 1:
		r.Verdict = VerdictRerun
	case d == 2 && !w.calm:
		r.Verdict = VerdictUnknown
	case e.Err != "" && e.Final && w.calm: // a verdict cannot say that another attempt would not help
		r.Verdict = VerdictRunning
	case e.Err != "":
		r.Verdict = VerdictFailed
	default:
		r.Verdict = VerdictDone
	}
	return r
}

// driver drives a machine through the world on a virtual clock.
type driver struct {
	t      rapid.TB
	w      world
	header Header
	m      *Machine
	now    Time
	queue  []happening
	calls  []call          // all that was asked of the machine
	events []Event         // on disk
	alive  map[string]bool // attempts that were handed out and have not returned
}

type happening struct {
	at Time
	in Input
}

// call is one call of the machine: Step, Tick (in is nil) or Ready.
type call struct {
	now   Stamp
	in    Input
	ready bool
}

func (d *driver) stamp() Stamp {
	return Stamp{T: d.now, Wall: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(d.now)}
}

func (d *driver) step(in Input) {
	d.calls = append(d.calls, call{now: d.stamp(), in: in})
	err := d.m.Step(d.stamp(), in)
	if err != nil && !errors.Is(err, ErrStale) && !errors.Is(err, ErrClosed) {
		d.t.Fatalf("%T: %v", in, err)
	}
}

func (d *driver) later(after Span, in Input) {
	d.queue = append(d.queue, happening{d.now + after, in})
	slices.SortStableFunc(d.queue, func(a, b happening) int { return cmp.Compare(a.at, b.at) })
}

// drive goes on until the run is closed.
func (d *driver) drive() {
	for range 10_000 {
		d.calls = append(d.calls, call{ready: true})
		rd := d.m.Ready()
		d.events = append(d.events, rd.Events...)
		if rd.Closed {
			return
		}
		d.act(rd)
		if len(rd.Resolve) == 0 { // its answers have been given
			d.next()
		}
	}
	d.t.Fatalf("the run does not end; it stands at\n%+v\nafter\n%s", d.m.State(), showEvents(d.events))
}

func (d *driver) act(rd Ready) {
	for _, p := range rd.Preflight {
		d.later(time.Second, d.w.preflight(p))
	}
	for _, id := range rd.Resolve {
		d.step(d.w.resolve(id))
	}
	for _, a := range rd.Reconcile {
		d.later(time.Second, d.w.found(a))
	}
	for _, a := range rd.Start {
		if name := fmt.Sprint(a.Node, a.Key); d.alive[name] {
			d.t.Errorf("%s is started while it is at work", label(a.Node, a.Key))
		} else {
			d.alive[name] = true
		}
		e, takes := d.w.ended(a)
		d.later(takes, e)
	}
	for _, a := range rd.Cancel {
		d.queue = slices.DeleteFunc(d.queue, func(h happening) bool {
			e, ok := h.in.(Ended)
			return ok && e.Node == a.Node && e.Key == a.Key
		})
		if e, after, stops := d.w.stopped(a); stops {
			d.later(after, e)
		}
	}
	for _, a := range rd.Asked {
		if n := d.w.dice(40, "answers", a.Node, a.Key); n > 5 || d.w.calm {
			d.later(time.Duration(n)*time.Second, Answered{Node: a.Node, Key: a.Key, OK: n%4 > 0, By: "ann"})
		}
	}
}

// next lets the next thing happen: an input or the machine's own deadline.
func (d *driver) next() {
	due, ok := d.m.NextDeadline()
	switch {
	case len(d.queue) > 0 && (!ok || d.queue[0].at <= due):
		h := d.queue[0]
		d.queue = d.queue[1:]
		d.now = max(d.now, h.at)
		if e, ok := h.in.(Ended); ok {
			delete(d.alive, fmt.Sprint(e.Node, e.Key))
		}
		d.step(h.in)
	case ok:
		d.now = max(d.now, due)
		d.calls = append(d.calls, call{now: d.stamp()})
		d.m.Tick(d.stamp())
	}
}

// newDriver begins a run.
func newDriver(t rapid.TB, w world, o Options) *driver {
	d := &driver{t: t, w: w, header: Header{RunID: fmt.Sprint("run-", w.seed), Graph: w.graph, Options: o}}
	m, err := New(d.header)
	if err != nil {
		t.Fatal(err)
	}
	d.m, d.alive = m, map[string]bool{}
	d.step(Start{})
	return d
}

// crashed is a new process that takes up the run after the first events.
func (d *driver) crashed(events int, gap Span) *driver {
	next := &driver{t: d.t, w: d.w, header: d.header, events: slices.Clone(d.events[:events]), alive: map[string]bool{}}
	m, err := Replay(d.header, next.events)
	if err != nil {
		d.t.Fatal(err)
	}
	next.m, next.now = m, m.now.T+gap
	next.step(Resume{Gap: gap})
	return next
}
