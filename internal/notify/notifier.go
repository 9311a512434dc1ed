package notify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/post"
)

// Settings are what a Notifier needs.
type Settings struct {
	Header engine.Header
	Past   []engine.Event // of a run that is taken up
	Config Config
	Dir    string // the run's folder; it is there when the first event comes
	Policy post.Policy
	Say    func(string) // trouble, for whoever looks; not nil
	Now    func() time.Time
}

// Notifier sends what a run calls for.
type Notifier struct {
	s      Settings
	fold   *Fold
	record *Record
	queues []*queue // of Config.Channels
	told   map[[2]string]bool

	mu     sync.Mutex
	events []engine.Event
	closed bool
	wake   chan struct{}

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// Start begins to send what the events of a run call for.
func Start(s Settings) *Notifier {
	n := newNotifier(s)
	n.work.Go(n.safely(n.loop))
	return n
}

func newNotifier(s Settings) *Notifier {
	if s.Now == nil {
		s.Now = time.Now
	}
	n := &Notifier{s: s, fold: NewFold(s.Header, s.Config), record: RecordOf(s.Dir), told: map[[2]string]bool{}, wake: make(chan struct{}, 1)}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.fold.Past(s.Past)
	for i := range s.Config.Channels {
		q := newQueue()
		n.queues = append(n.queues, q)
		c := &n.s.Config.Channels[i]
		n.work.Go(n.safely(func() { n.serve(c, q) }))
	}
	return n
}

// safely keeps a mistake of this package from taking the run with it.
func (n *Notifier) safely(do func()) func() {
	return func() {
		defer func() {
			if p := recover(); p != nil {
				n.s.Say(fmt.Sprintf("notifications have stopped: %v", p))
			}
		}()
		do()
	}
}

// Event hands over an event, and never waits.
func (n *Notifier) Event(ev engine.Event) {
	n.mu.Lock()
	n.events = append(n.events, ev)
	n.mu.Unlock()
	n.ring()
}

func (n *Notifier) ring() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// Close waits until all is sent, for so long at most; what is left then is recorded
// as not sent.
func (n *Notifier) Close(patience time.Duration) {
	n.mu.Lock()
	n.closed = true
	n.mu.Unlock()
	n.ring()
	done := make(chan struct{})
	go func() { n.work.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		n.cancel()
		select { // what was in flight is put down
		case <-done:
		case <-time.After(time.Second):
		}
	}
	n.cancel()
}

// loop folds events and time into messages.
func (n *Notifier) loop() {
	defer n.closeQueues()
	n.remember()
	owed := len(n.s.Past) > 0
	for {
		events, closed := n.takeEvents()
		for i := range events {
			n.dispatch(n.fold.Event(events[i]))
		}
		if owed && len(events) > 0 { // not before it is known that the run goes on
			owed = false
			n.dispatch(n.fold.Owed(false))
		}
		n.tick()
		if closed {
			return
		}
		n.wait()
	}
}

func (n *Notifier) takeEvents() ([]engine.Event, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	events := n.events
	n.events = nil
	return events, n.closed
}

// wait waits for an event or for the time of the next message.
func (n *Notifier) wait() {
	at, ok := n.fold.Next()
	if !ok {
		<-n.wake
		return
	}
	t := time.NewTimer(max(at.Sub(n.s.Now()), 0))
	defer t.Stop()
	select {
	case <-n.wake:
	case <-t.C:
	}
}

// CatchUp tells what stands open of a run that nobody drives now, and what the time
// since calls for. Close waits for it.
func CatchUp(s Settings) *Notifier {
	n := newNotifier(s)
	n.work.Go(n.safely(func() {
		defer n.closeQueues()
		n.remember()
		n.acknowledged()
		n.dispatch(n.fold.Owed(true))
		n.dispatch(n.fold.Tick(n.s.Now()))
	}))
	return n
}
