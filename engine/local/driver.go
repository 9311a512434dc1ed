package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/pace"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// driver drives one run. All its fields but inputs belong to the loop's
// goroutine; attempts speak to it through inputs alone.
type driver struct {
	cfg      Config
	header   engine.Header
	machine  *engine.Machine
	log      *journal.Log
	clock    runClock
	progress *progress

	nodes  map[string]*node
	exprs  *expr.Env
	params map[string]any
	redact *redactor
	pace   pace.Pace // of what steps say, for run.log

	inputs      chan engine.Input
	running     map[attemptKey]context.CancelFunc
	workers     sync.WaitGroup
	backgrounds map[engine.Phase]*background
	acks        []string // messages whose events are not on disk yet
	interrupts  int
	foreign     map[attemptKey]bool // attempts that another machine has begun
	facts       factBook

	ctx     context.Context // of every attempt; ends when the driver leaves
	leave   context.CancelFunc
	logFile *os.File
	logText *redactingWriter // before logFile
	logger  *slog.Logger
}

// node is a graph's node with its spec and kind decoded once.
type node struct {
	engine.Node
	spec    steps.Spec
	kind    steps.Kind
	dynamic bool // it holds expressions
}

type attemptKey struct {
	node, key string
	attempt   int
}

// backlog is how many inputs may wait for the loop before an attempt's
// goroutine has to; it bounds memory, nothing else.
const backlog = 256

func newDriver(cfg Config, h engine.Header, m *engine.Machine, log *journal.Log, clock runClock) (*driver, error) {
	d := &driver{
		cfg: cfg, header: h, machine: m, log: log, clock: clock,
		progress: newProgress(), redact: &redactor{},
		inputs:      make(chan engine.Input, backlog),
		running:     map[attemptKey]context.CancelFunc{},
		backgrounds: map[engine.Phase]*background{},
	}
	for _, value := range cfg.Known {
		d.redact.add(value)
	}
	if len(h.Params) > 0 {
		params, err := decodeParams(h.Params)
		if err != nil {
			return nil, err
		}
		d.params = params
	}
	if err := d.use(h.Graph); err != nil {
		return nil, err
	}
	var err error
	d.logFile, err = os.OpenFile(filepath.Join(log.Dir(), "run.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	d.logText = d.redact.writer(d.logFile)
	d.logger = slog.New(slog.NewJSONHandler(d.logText, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return d, nil
}

// use takes a graph: at the start, and again where an edited plan was accepted.
func (d *driver) use(g engine.Graph) error {
	d.nodes = make(map[string]*node, len(g.Nodes))
	for i := range g.Nodes {
		n, err := decodeNode(d.cfg.Registry, g.Nodes[i])
		if err != nil {
			return err
		}
		d.nodes[n.ID] = n
	}
	d.header.Graph = g
	d.exprs = expr.New(d.scope())
	return nil
}

func decodeNode(reg *steps.Registry, n engine.Node) (*node, error) {
	out := &node{Node: n}
	if len(n.Spec) > 0 {
		if err := json.Unmarshal(n.Spec, &out.spec); err != nil {
			return nil, fmt.Errorf("step %s: its spec cannot be read: %w", n.ID, err)
		}
	}
	kind, ok := reg.Lookup(n.Type)
	if !ok {
		return nil, fmt.Errorf("step %s: %w: %q", n.ID, ErrNoKind, n.Type)
	}
	out.kind = kind
	out.dynamic = expr.HasExpr(string(n.Spec))
	return out, nil
}

func checkKinds(reg *steps.Registry, g engine.Graph) error {
	var missing listed
	for _, n := range g.Nodes {
		if _, ok := reg.Lookup(n.Type); !ok {
			missing.add(fmt.Errorf("step %s: %w: %q", n.ID, ErrNoKind, n.Type))
		}
	}
	return missing.orNil()
}

// drive begins with first and loops until the core says that the run is
// closed, then lets go of the run.
func (d *driver) drive(ctx context.Context, first func() error) error {
	// Attempts outlive a cancelled ctx: the core cancels them, one by one.
	d.ctx, d.leave = context.WithCancel(context.WithoutCancel(ctx))
	err := first()
	d.workers.Go(d.logProgress)
	if err == nil {
		err = d.loop(ctx)
	}
	if err != nil || d.interrupts < 2 {
		d.leave()
		d.settleDown()
	} // else all is left as a SIGKILL would leave it, for a resume to find
	return errors.Join(err, d.log.Close(), d.logText.Flush(), d.logFile.Close())
}

// settleDown waits for what still runs, for a while: everything has been
// cancelled by now, and what does not return is left behind with the process.
func (d *driver) settleDown() {
	done := make(chan struct{})
	go func() { d.workers.Wait(); close(done) }()
	for {
		select {
		case <-d.inputs: // nobody listens any more
		case <-done:
			return
		case <-time.After(leaveGrace):
			return
		}
	}
}

// leaveGrace bounds how long a driver that has to stop waits for its attempts.
const leaveGrace = 10 * time.Second

func (d *driver) step(in engine.Input) error { return d.machine.Step(d.clock.now(), in) }

func (d *driver) note(node, reason string) {
	// A note can only be refused after the run is closed, and then there is nobody to tell.
	_ = d.step(engine.Note{Node: node, Reason: d.redact.text(reason)})
}
