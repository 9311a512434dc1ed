package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

// Run begins a new run and drives it to its end. files are kept in the run's
// folder, beside the journal. The run's clock starts here, and so h.Started is
// now: what people took to confirm it is not part of it. Run returns the folder
// once that exists, whatever the error; an error means that the run could not be
// driven, never that it failed: how it ended stands in the journal.
func Run(ctx context.Context, cfg Config, h engine.Header, files map[string][]byte) (dir string, err error) {
	cfg = cfg.withDefaults()
	clock := startClock(cfg.Clock)
	h.Started = clock.now().Wall
	machine, err := engine.New(h)
	if err != nil {
		return "", err
	}
	if err := checkKinds(cfg.Registry, h.Graph); err != nil {
		return "", err
	}
	var log *journal.Log
	err = cfg.Register(func(place *engine.Registration) error {
		h.Register = place
		head, err := engine.EncodeHeader(h)
		if err == nil {
			log, err = journal.Create(cfg.Runs, h.RunID, head, files)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	d, err := newDriver(cfg, h, machine, log, clock)
	if err != nil {
		return log.Dir(), errors.Join(err, log.Close())
	}
	return log.Dir(), d.drive(ctx, func() error { return d.step(engine.Start{}) })
}

// Reopening says how a run that has ended is to go on.
type Reopening struct {
	OnlyCleanup bool
	Change      *engine.ChangePlan // an edited plan, accepted
	Reason      string
	// Foreign: the events up to this one were made on another machine. What steps
	// kept there in the run's folder is not here.
	Foreign int64
}

// ErrEnded says that there is nothing to resume.
var ErrEnded = errors.New("the run has ended well; there is nothing to resume")

// Resume takes up the run in dir where its journal ends: a crashed one, one
// that was stopped in doubt or interrupted, and one that failed.
func Resume(ctx context.Context, cfg Config, dir string, how Reopening) error {
	cfg = cfg.withDefaults()
	log, records, cut, err := journal.Open(dir)
	if err != nil {
		return err
	}
	past, err := decode(records)
	if err == nil && past.progress.closing.Result == engine.ResultSucceeded {
		err = ErrEnded
	}
	if err == nil {
		err = checkKinds(cfg.Registry, past.header.Graph)
	}
	var machine *engine.Machine
	if err == nil {
		machine, err = engine.Replay(past.header, past.events)
	}
	if err != nil {
		return errors.Join(err, log.Close())
	}
	clock, gap, reason := resumeClock(cfg.Clock, past.progress.last)
	d, err := newDriver(cfg, past.header, machine, log, clock)
	if err != nil {
		return errors.Join(err, log.Close())
	}
	d.progress = past.progress
	d.progress.follow(machine.View())
	return d.drive(ctx, func() error {
		return d.takeUp(past, how, engine.Resume{Gap: gap, By: cfg.By, Reason: reason}, cut)
	})
}

// takeUp feeds the core what a new process has to tell it first.
func (d *driver) takeUp(past past, how Reopening, resume engine.Resume, cut journal.Cut) error {
	d.foreign = begunUpTo(past.events, how.Foreign)
	ended := past.progress.closing.Kind == engine.RunEnded
	inputs := []engine.Input{}
	if cut.Bytes > 0 {
		inputs = append(inputs, engine.Cut{Reason: describe(cut)})
	}
	if !ended {
		inputs = append(inputs, resume)
	}
	if how.Change != nil {
		inputs = append(inputs, *how.Change)
	}
	for _, in := range inputs {
		if err := d.step(in); err != nil {
			return err
		}
	}
	if how.Change != nil {
		if err := d.use(how.Change.Graph); err != nil {
			return err
		}
	}
	if err := d.takeInbox(); err != nil {
		return err
	}
	d.tidy(past.events) // the former process may have died just before
	d.takeUpBackgrounds()
	if !ended {
		return nil
	}
	return d.step(engine.Reopen{By: d.cfg.By, Reason: how.Reason, OnlyCleanup: how.OnlyCleanup})
}

func describe(cut journal.Cut) string {
	if cut.Marked {
		return fmt.Sprintf("%d bytes at the end were cut off (%s); they look like a whole batch that was damaged later, so steps may have begun that this journal does not know of", cut.Bytes, cut.Reason)
	}
	return fmt.Sprintf("%d bytes at the end were cut off: a crash had left them half written (%s)", cut.Bytes, cut.Reason)
}

// past is a journal, read.
type past struct {
	header   engine.Header
	events   []engine.Event
	progress *progress
}

func decode(records [][]byte) (past, error) {
	p := past{progress: newProgress()}
	if len(records) == 0 {
		return p, errors.New("the journal has no header")
	}
	var err error
	if p.header, err = engine.DecodeHeader(records[0]); err != nil {
		return p, err
	}
	p.progress.last.Wall = p.header.Started
	for _, rec := range records[1:] {
		ev, err := engine.DecodeEvent(rec)
		if err != nil {
			return p, err
		}
		p.events = append(p.events, ev)
		p.progress.apply(ev)
		if ev.Graph != nil {
			p.header.Graph = *ev.Graph
		}
	}
	return p, nil
}

func (d *driver) stepDir(step string) (string, error) {
	dir := filepath.Join(d.log.Dir(), "steps", safeName(step))
	return dir, os.MkdirAll(dir, 0o700)
}
