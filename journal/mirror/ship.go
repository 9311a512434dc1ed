package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/drplan/drplan/journal"
)

// Config is what a Shipper copies, and whom it tells.
type Config struct {
	Store Store
	Run   string
	Dir   string   // the run's folder
	Files []string // names of files in it that Fetch needs, such as plan.yaml
	By    Holder   // Owner, Machine, and in a takeover the Reason
	Start []byte   // the run's line in the register of starts; nil: it has none
	Lock  *Lock    // where it was taken already; nil: it is taken when the store answers

	Say  func(string) // what a person should know; called from the shipper's goroutine
	Lost func(error)  // the run must not go on here: another driver has it
}

// How often the lock is renewed, and how long a store that does not answer is
// left alone: doubling.
const (
	renewEvery = 10 * time.Second
	firstPause = 250 * time.Millisecond
	maxPause   = 10 * time.Second
	askTimeout = 30 * time.Second
)

// Shipper copies a run's journal to a store while it grows. A store that does
// not answer stops nothing: what is missing there follows when it does.
type Shipper struct {
	Config
	synced atomic.Int64  // records that are synced here
	wake   chan struct{} // there are new ones; one slot
	stop   chan struct{}
	done   chan struct{}

	there journal.Place // up to where the store has them
	ready bool          // lock, files and place in the store are settled
	mute  bool          // the store's silence has been told
}

// Start begins to copy.
func Start(c Config) *Shipper {
	s := &Shipper{Config: c, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go s.loop()
	return s
}

// Committed says that all records up to seq are synced in the run's folder. It
// never blocks.
func (s *Shipper) Committed(seq int64) {
	s.synced.Store(max(seq, s.synced.Load()))
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Close copies what is left, lets go of the run's lock and returns; at the
// latest after patience. It reports whether the store has everything.
func (s *Shipper) Close(patience time.Duration) (complete bool) {
	close(s.stop)
	select {
	case <-s.done:
		return s.there.Seq >= s.synced.Load()
	case <-time.After(patience):
		return false
	}
}

func (s *Shipper) loop() {
	defer close(s.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	renew := time.NewTicker(renewEvery)
	defer renew.Stop()
	for pause := firstPause; ; {
		err := s.round(ctx)
		if s.lost(err) {
			return
		}
		s.tell(err)
		var again <-chan time.Time
		if err != nil {
			again, pause = time.After(pause), min(2*pause, maxPause)
		} else {
			pause = firstPause
		}
		select {
		case <-s.wake:
		case <-again:
		case <-renew.C:
			if s.lost(s.renew(ctx)) {
				return
			}
		case <-s.stop:
			s.last(ctx)
			return
		}
	}
}

// last copies what is left, and tries on until Close has no more patience: the
// process ends then.
func (s *Shipper) last(ctx context.Context) {
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		err := s.round(ctx)
		if err == nil {
			err = s.release(ctx)
		}
		if err == nil || s.lost(err) {
			return
		}
		s.tell(err)
		time.Sleep(pause)
	}
}

// maxWhole is the length, in bytes, above which a journal stays in its segments.
const maxWhole = 64 << 20

// release puts the journal into one object, for those who read many runs, and lets go.
func (s *Shipper) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	whole, end, err := journal.Segment(s.Dir, journal.Place{}, s.there.Seq)
	if err != nil {
		return err
	}
	if len(whole) > maxWhole {
		return s.Lock.Release(ctx, time.Now(), 0)
	}
	if _, err = s.Store.Create(ctx, wholeName(s.Run, end.Seq), whole); err != nil && !taken(err) {
		return err
	}
	return s.Lock.Release(ctx, time.Now(), end.Seq)
}

// round brings the store up to date.
func (s *Shipper) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if !s.ready {
		if err := s.begin(ctx); err != nil {
			return err
		}
		s.ready = true
	}
	return s.ship(ctx)
}

func (s *Shipper) begin(ctx context.Context) (err error) {
	if s.Lock == nil {
		if s.Lock, err = Acquire(ctx, s.Store, s.Run, s.By, time.Now()); err != nil {
			return err
		}
	}
	if s.Start != nil { // first: a run whose journal is there was begun
		if _, err := s.Store.Create(ctx, startName(s.Run), s.Start); err != nil && !taken(err) {
			return err
		}
	}
	for _, name := range s.Files {
		body, err := os.ReadFile(filepath.Join(s.Dir, name))
		if err != nil {
			return err
		}
		if _, err := s.Store.Create(ctx, path.Join(s.Run, "files", name), body); err != nil && !taken(err) {
			return err
		}
	}
	s.there, err = s.find(ctx)
	return err
}

// errAhead says that the run went on elsewhere.
var errAhead = errors.New("the mirror has records of this run that its folder here lacks: it went on elsewhere; resume it there, or move this folder away and resume it from the mirror")

// find is how far the store has this folder's journal.
func (s *Shipper) find(ctx context.Context) (journal.Place, error) {
	names, err := s.Store.List(ctx, s.Run+"/journal/")
	if err != nil {
		return journal.Place{}, err
	}
	segments, err := follow(s.Run, names)
	if err != nil || len(segments) == 0 {
		return journal.Place{}, err
	}
	newest := segments[len(segments)-1]
	_, before, err := journal.Segment(s.Dir, journal.Place{}, newest.first-1)
	if err != nil {
		return journal.Place{}, err
	}
	here, at, err := journal.Segment(s.Dir, before, newest.last)
	if err != nil {
		return at, err
	}
	there, _, err := s.Store.Read(ctx, newest.name(s.Run))
	if err == nil && !bytes.Equal(here, there) {
		err = errAhead
	}
	return at, err
}

func (s *Shipper) ship(ctx context.Context) error {
	lines, end, err := journal.Segment(s.Dir, s.there, s.synced.Load())
	if err != nil || len(lines) == 0 {
		return err
	}
	name := segment{s.there.Seq + 1, end.Seq}.name(s.Run)
	_, err = s.Store.Create(ctx, name, lines)
	if taken(err) { // an answer that was lost on its way, or another driver
		var there []byte
		if there, _, err = s.Store.Read(ctx, name); err == nil && !bytes.Equal(there, lines) {
			err = ErrLost
		}
	}
	if err == nil {
		s.there = end
	}
	return err
}

func (s *Shipper) renew(ctx context.Context) error {
	if !s.ready {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return s.Lock.Renew(ctx, time.Now())
}

// lost tells what no patience mends.
func (s *Shipper) lost(err error) bool {
	var held *HeldError
	if errors.As(err, &held) || errors.Is(err, ErrLost) || errors.Is(err, errAhead) {
		if !errors.Is(err, ErrLost) {
			err = fmt.Errorf("%w: %w", ErrLost, err)
		}
		s.Lost(err)
		return true
	}
	return false
}

// tell says once that the store does not answer, and once that it does again.
func (s *Shipper) tell(err error) {
	switch {
	case err != nil && !s.mute:
		s.Say(fmt.Sprintf("the mirror cannot be written: %v; the run goes on, and what is missing follows", err))
	case err == nil && s.mute:
		s.Say("the mirror has caught up")
	}
	s.mute = err != nil
}
