package engine

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Machine is the state of one run. It is not safe for concurrent use: a driver
// has one goroutine that calls it.
type Machine struct {
	header Header
	graph  Graph
	plan   PlanRef

	seq    int64
	now    Stamp
	run    run
	phases []phase
	nodes  []node
	byID   map[string]int

	// Derived.
	slots       int // attempts in flight
	reconciling int
	doubts      int

	// Of this process alone. A replayed machine has none of it.
	live     bool // the run goes on, and this machine drives it
	sitting  bool // nothing has been handed out since it was taken up
	rescan   bool // look at everything again
	changed  places
	runnable places
	alarms   alarms
	out      Ready
}

// New returns the machine of a run that has not begun. It refuses a header of a
// newer format and a graph that could not be run: duplicate ids, needs that are
// unknown, circular or of a later phase, a step without a time limit.
func New(h Header) (*Machine, error) {
	if h.Format > Format {
		return nil, fmt.Errorf("%w: its format is %d, this build reads up to %d", ErrNewerFormat, h.Format, Format)
	}
	if err := checkGraph(h.Graph); err != nil {
		return nil, err
	}
	m := &Machine{header: h, plan: h.Plan, run: run{status: StatusPending}}
	m.phases = make([]phase, len(Phases))
	for i, id := range Phases {
		m.phases[i] = phase{id: id, status: StatusPending}
	}
	m.load(h.Graph)
	m.index()
	return m, nil
}

// Replay returns the machine as the events of a journal left it. Nothing is
// decided: it waits for Resume or, where the run has ended badly, Reopen.
// An event that does not fit is an error, which names it.
func Replay(h Header, events []Event) (*Machine, error) {
	m, err := New(h)
	if err != nil {
		return nil, err
	}
	for i := range events {
		e := &events[i]
		if e.Seq != m.seq+1 || e.T < m.now.T {
			return nil, fmt.Errorf("event %d at %s does not follow event %d at %s", e.Seq, e.T, m.seq, m.now.T)
		}
		if err := m.apply(e); err != nil {
			return nil, fmt.Errorf("event %d (%s): %w", e.Seq, e.Kind, err)
		}
	}
	return m, nil
}

// Step tells the machine what happened, and when. An input that makes no sense
// in this state is an error and changes nothing, but that time has passed.
//
// Resume, Settle, ChangePlan, Reopen, Cut and Note are only recorded; what
// follows from them is decided by the next Ready, Tick or other input, so that a
// driver can take up a run with several of them.
func (m *Machine) Step(now Stamp, in Input) error {
	m.clock(now)
	if recordsOnly(in) {
		return m.accept(in)
	}
	m.advance()
	if err := m.accept(in); err != nil {
		return err
	}
	m.decide()
	m.sitting = false
	return nil
}

// Tick tells the machine the time. It is needed only at NextDeadline.
func (m *Machine) Tick(now Stamp) {
	m.clock(now)
	m.advance()
}

// NextDeadline is when Tick is to be called if nothing happens before, on the
// run's clock; false if only an input can bring the run on.
func (m *Machine) NextDeadline() (Time, bool) {
	for m.live {
		a, ok := m.alarms.peek()
		if !ok {
			break
		}
		if m.rings(a) {
			return a.at, true
		}
		m.alarms.pop()
	}
	return 0, false
}

// clock takes the time of an input. The run's clock never goes back.
func (m *Machine) clock(now Stamp) {
	m.now.T = max(m.now.T, now.T)
	m.now.Wall = now.Wall.Round(0).UTC()
}

// advance decides what is due by now.
func (m *Machine) advance() {
	if !m.live {
		return
	}
	for {
		a, ok := m.alarms.peek()
		if !ok || a.at > m.now.T {
			break
		}
		m.alarms.pop()
		if m.rings(a) {
			m.look(a.place)
		}
	}
	m.decide()
}

// rings reports whether an alarm still matches its instance.
func (m *Machine) rings(a alarm) bool {
	n := &m.nodes[a.node]
	if a.item >= len(n.instances) {
		return false
	}
	at, ok := n.instances[a.item].due(n.def.Wait)
	return ok && at == a.at
}

// emit makes an event of a decision or of an input: it takes its number and
// time, changes the state, and brings about what the driver is to do.
func (m *Machine) emit(e Event) {
	if m.out.Events == nil {
		m.out.Events = make([]Event, 0, 4) // events are large; most inputs bring about a few
	}
	m.out.Events = append(m.out.Events, e)
	p := &m.out.Events[len(m.out.Events)-1]
	p.Seq, p.T, p.Wall = m.seq+1, m.now.T, m.now.Wall
	p.Reason, p.Error, p.By, p.Prompt = valid(p.Reason), valid(p.Error), valid(p.By), valid(p.Prompt)
	if err := m.apply(p); err != nil {
		panic(fmt.Sprintf("engine: decided on an event that does not apply: %s: %v", p.Kind, err))
	}
	m.act(p)
}

// valid is the text as the journal will have it: JSON holds no broken UTF-8.
func valid(s string) string {
	if s == "" || utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// find returns a node and the position of one of its instances.
func (m *Machine) find(id, key string) (*node, *instance, error) {
	n, err := m.node(id)
	if err != nil {
		return nil, nil, err
	}
	i, ok := n.position(key)
	if !ok {
		return nil, nil, fmt.Errorf("%w: %s has no instance %q", ErrUnknownNode, id, key)
	}
	return n, &n.instances[i], nil
}

func (m *Machine) node(id string) (*node, error) {
	pos, ok := m.byID[id]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknownNode, id)
	}
	return &m.nodes[pos], nil
}

// held reports whether nothing new may start: what became of an attempt of a
// former process is not known, or not known yet.
func (m *Machine) held() bool { return m.reconciling > 0 || m.doubts > 0 }

// closed reports whether the run has ended or stopped.
func (m *Machine) closed() bool {
	return m.run.status == StatusEnded || m.run.status == StatusStopped
}

// maxParallel is the number of attempts that may be in flight at one time.
func (m *Machine) maxParallel() int {
	if m.graph.MaxParallel > 0 {
		return m.graph.MaxParallel
	}
	return DefaultMaxParallel
}
