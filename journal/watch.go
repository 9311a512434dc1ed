package journal

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// pollEvery is how late a message may be noticed where the system cannot tell.
const pollEvery = time.Second

// WatchInbox signals that messages are waiting: once at the start if there are
// any, and after each arrival. Signals that are not received merge into one, so
// read the whole Inbox on each. Where the system cannot watch a folder it is
// looked at every second. It ends with ctx; the channel is never closed, so
// that a select over it does not spin.
func (l *Log) WatchInbox(ctx context.Context) <-chan struct{} {
	signal := make(chan struct{}, 1)
	watcher, err := newWatcher(filepath.Join(l.dir, inboxName))
	if err != nil {
		go l.poll(ctx, signal)
		return signal
	}
	go l.watch(ctx, watcher, signal)
	return signal
}

func newWatcher(dir string) (*fsnotify.Watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	if err := w.Add(dir); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// watch looks once after the watch stands, so that nothing falls between. An
// error of the watcher means lost events: a message may have come.
func (l *Log) watch(ctx context.Context, w *fsnotify.Watcher, signal chan<- struct{}) {
	defer w.Close()
	if names, err := l.waiting(); err == nil && len(names) > 0 {
		notify(signal)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case event := <-w.Events:
			if event.Has(fsnotify.Create) && messageNames().MatchString(filepath.Base(event.Name)) {
				notify(signal)
			}
		case <-w.Errors:
			notify(signal)
		}
	}
}

// poll signals when a name is there that was not there before.
func (l *Log) poll(ctx context.Context, signal chan<- struct{}) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var seen []string
	for {
		names, err := l.waiting()
		if err == nil && slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(seen, n) }) {
			notify(signal)
		}
		if err == nil {
			seen = names
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func notify(signal chan<- struct{}) {
	select {
	case signal <- struct{}{}:
	default: // one is waiting already
	}
}
