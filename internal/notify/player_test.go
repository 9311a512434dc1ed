package notify

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
)

// began is when the runs of these tests began.
var began = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)

// player drives a real machine and has a fold listen to it, as a driver would. It
// answers preflights and resolves by itself.
type player struct {
	t      *testing.T
	m      *engine.Machine
	fold   *Fold
	header engine.Header
	now    engine.Time
	events []engine.Event
	told   []Message
	waits  map[string]engine.Span
	checks map[engine.Phase][]engine.Check
}

var contacts = []Person{{"primary", "ops-team@example.com"}, {"secondary", "cto@example.com"}, {"on_call", "+81-90-1234-5678"}}

func newPlayer(t *testing.T, h engine.Header, nodes ...engine.Node) *player {
	t.Helper()
	for i := range nodes {
		n := &nodes[i]
		n.Timeout = 10 * time.Hour
		if n.Name == "" {
			n.Name = n.ID
		}
		if n.Type == "" {
			n.Type = "command"
		}
	}
	h.Graph.Nodes, h.Started, h.Format, h.RunID = nodes, began, engine.Format, "20260801T100000Z-drill-abcd"
	h.User, h.Host, h.Title = "ana", "dr1", "Loss of the database"
	h.Plan = engine.PlanRef{Path: "dr-plan.yaml", Version: "1.0", SHA256: "3f2a9c04d1b7"}
	if h.Mode == "" {
		h.Mode = engine.ModeDrill
	}
	m, err := engine.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return &player{t: t, m: m, header: h, fold: NewFold(h, Config{Contacts: contacts, EscalateAfter: 10 * time.Minute})}
}

func (p *player) stamp() engine.Stamp { return engine.Stamp{T: p.now, Wall: began.Add(p.now)} }

// at lets time pass: the fold is woken whenever it asked to be, the machine at the end.
func (p *player) at(s string) *player {
	d, err := time.ParseDuration(s)
	if err != nil {
		p.t.Fatal(err)
	}
	for {
		next, ok := p.fold.Next()
		if !ok || next.After(began.Add(d)) {
			break
		}
		p.told = append(p.told, p.fold.Tick(next)...)
	}
	p.now = d
	p.m.Tick(p.stamp())
	return p.drain()
}

func (p *player) in(in engine.Input) *player {
	p.t.Helper()
	if err := p.m.Step(p.stamp(), in); err != nil {
		p.t.Fatalf("%T at %s: %v", in, p.now, err)
	}
	return p.drain()
}

func (p *player) drain() *player {
	for {
		rd := p.m.Ready()
		for _, ev := range rd.Events {
			p.events = append(p.events, ev)
			p.told = append(p.told, p.fold.Event(ev)...)
		}
		if len(rd.Preflight)+len(rd.Resolve) == 0 {
			return p
		}
		for _, phase := range rd.Preflight {
			p.step(engine.PreflightResult{Phase: phase, Checks: p.checks[phase]})
		}
		for _, id := range rd.Resolve {
			p.step(engine.Resolved{Node: id, When: true, WaitFor: p.waits[id], Prompt: "Is " + id + " ready?"})
		}
	}
}

func (p *player) step(in engine.Input) {
	if err := p.m.Step(p.stamp(), in); err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) start() *player { return p.in(engine.Start{}) }

func (p *player) done(node string) *player {
	return p.in(engine.Ended{Node: node, Attempt: 1, Outputs: json.RawMessage(`{}`)})
}

func (p *player) fail(node, err string) *player {
	return p.in(engine.Ended{Node: node, Attempt: 1, Err: err})
}

func (p *player) answer(node string) *player {
	return p.in(engine.Answered{Node: node, OK: true, By: "bob@desk"})
}

// crash goes on with a new machine and a new fold, as a new process does.
func (p *player) crash() *player {
	m, err := engine.Replay(p.header, p.events)
	if err != nil {
		p.t.Fatal(err)
	}
	p.m, p.fold = m, NewFold(p.header, Config{Contacts: contacts, EscalateAfter: 10 * time.Minute})
	p.fold.Past(p.events)
	return p
}

func node(id string, phase engine.Phase, needs ...string) engine.Node {
	return engine.Node{ID: id, Phase: phase, Needs: needs}
}

func waiting(n engine.Node, w engine.Wait) engine.Node {
	n.Wait, n.Type = w, string(w)
	return n
}
