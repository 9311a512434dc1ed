package report

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

// began is when the runs of these tests began.
var began = time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)

// player drives a real machine and keeps its events, as a driver would. It
// answers preflights and resolves by itself.
type player struct {
	t        *testing.T
	m        *engine.Machine
	header   engine.Header
	now      engine.Time
	skew     time.Duration // of the wall clock
	events   []engine.Event
	items    map[string][]string    // of for_each nodes: keys
	waits    map[string]engine.Span // of waits: how long
	skip     map[string]bool        // nodes whose when is false
	checks   map[engine.Phase][]engine.Check
	evidence *journal.Verification
	live     bool
}

func newPlayer(t *testing.T, h engine.Header, nodes ...engine.Node) *player {
	t.Helper()
	for i := range nodes {
		n := &nodes[i]
		if n.Timeout == 0 {
			n.Timeout = time.Hour
		}
		if n.Name == "" {
			n.Name = n.ID
		}
		if n.Type == "" {
			n.Type = "command"
		}
	}
	h.Graph.Nodes, h.Started, h.Format = nodes, began, engine.Format
	if h.RunID == "" {
		h.RunID = "20260801-100000-drill"
	}
	if h.Mode == "" {
		h.Mode = engine.ModeDrill
	}
	if h.Plan.Path == "" {
		h.Plan = engine.PlanRef{Path: "dr-plan.yaml", Version: "1.0", SHA256: "3f2a9c04d1b7e85560a1c2d3e4f5061728394a5b6c7d8e9f0a1b2c3d4e5f6071"}
	}
	m, err := engine.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return &player{t: t, m: m, header: h}
}

func (p *player) stamp() engine.Stamp {
	return engine.Stamp{T: p.now, Wall: began.Add(p.now + p.skew)}
}

func (p *player) at(s string) *player {
	d, err := time.ParseDuration(s)
	if err != nil {
		p.t.Fatal(err)
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

// drain takes events until there is nothing left to answer.
func (p *player) drain() *player {
	for {
		rd := p.m.Ready()
		p.events = append(p.events, rd.Events...)
		if len(rd.Preflight)+len(rd.Resolve) == 0 {
			return p
		}
		for _, phase := range rd.Preflight {
			p.step(engine.PreflightResult{Phase: phase, Checks: p.checks[phase]})
		}
		for _, id := range rd.Resolve {
			in := engine.Resolved{Node: id, When: !p.skip[id], WaitFor: p.waits[id]}
			for _, key := range p.items[id] {
				value, _ := json.Marshal(key)
				in.Items = append(in.Items, engine.Item{Key: key, Value: value})
			}
			p.step(in)
		}
	}
}

func (p *player) step(in engine.Input) {
	if err := p.m.Step(p.stamp(), in); err != nil {
		p.t.Fatal(err)
	}
}

func (p *player) start() *player { return p.in(engine.Start{}) }

// attempt is the number of the attempt that an instance is in.
func (p *player) attempt(node, key string) int {
	n, _ := p.m.View().Node(node)
	in, _ := n.Instance(key)
	return in.Attempt
}

func (p *player) done(node, outputs string) *player { return p.doneKey(node, "", outputs) }

func (p *player) doneKey(node, key, outputs string) *player {
	p.t.Helper()
	in := engine.Ended{Node: node, Key: key, Attempt: p.attempt(node, key)}
	if outputs != "" {
		in.Outputs = json.RawMessage(outputs)
	}
	return p.in(in)
}

func (p *player) fail(node, err string) *player {
	p.t.Helper()
	return p.in(engine.Ended{Node: node, Attempt: p.attempt(node, ""), Err: err})
}

// crash replays the events into a new machine, as a new process does.
func (p *player) crash() *player {
	m, err := engine.Replay(p.header, p.events)
	if err != nil {
		p.t.Fatal(err)
	}
	p.m = m
	return p
}

// resume takes the run up at a time, as the driver does: the gap is what has
// passed since the last event.
func (p *player) resume(at string) *player {
	p.crash()
	last := p.now
	d, err := time.ParseDuration(at)
	if err != nil {
		p.t.Fatal(err)
	}
	p.now = d
	return p.in(engine.Resume{Gap: d - last})
}

func (p *player) run() *Run {
	return &Run{Header: p.header, Events: p.events, Live: p.live, Evidence: p.evidence}
}

// record writes the run as its journal has it, without the sums.
func (p *player) record(b *bytes.Buffer) error {
	line, err := engine.EncodeHeader(p.header)
	if err != nil {
		return err
	}
	b.Write(append(line, '\n'))
	for _, e := range p.events {
		if line, err = engine.EncodeEvent(e); err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	return nil
}

func (p *player) summary() *Summary { return Summarize(p.run()) }

// restore is what a step that restores gives.
func restore(source, point, run string) string {
	b, _ := json.Marshal(restored{source, point, run, ""})
	return string(b)
}

func node(id string, phase engine.Phase, needs ...string) engine.Node {
	return engine.Node{ID: id, Phase: phase, Needs: needs}
}

func verifying(n engine.Node) engine.Node { n.Verifies, n.Type = true, "verify"; return n }
func restoring(n engine.Node) engine.Node {
	n.Restores, n.Type = true, "etcd_restore"
	return n
}
func observing(n engine.Node) engine.Node {
	n.Observes, n.Verifies, n.Type = true, true, "canary"
	return n
}
func waiting(n engine.Node, w engine.Wait) engine.Node { n.Wait, n.Type = w, string(w); return n }
