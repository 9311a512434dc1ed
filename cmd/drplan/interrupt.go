package main

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/drplan/drplan/internal/ui"
)

// interrupts turns signals into what a driver understands.
type interrupts struct {
	calls chan string
	n     atomic.Int32
}

func (i *interrupts) count() int { return int(i.n.Load()) }

// listen takes SIGINT and SIGTERM until stop is called: the first asks the run
// to stop in good order, the second to leave at once, and a third does not wait
// for anything: the journal is resumable at any moment.
//
// A terminal that is gone (SIGHUP) and a reader that has left (SIGPIPE) stop
// nothing: a recovery must not die in the middle because somebody's connection
// did. They are taken and dropped rather than ignored, which the run's commands
// would inherit; and to the end of the process, for the last words are written
// when the run is over.
func (a *app) listen(screen ui.Screen) (*interrupts, func()) {
	out := &interrupts{calls: make(chan string, 2)}
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	dropped := make(chan os.Signal, 1)
	signal.Notify(dropped, syscall.SIGHUP, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-signals:
				out.take(sig, screen)
			case <-done:
				return
			}
		}
	}()
	return out, func() { signal.Stop(signals); close(done) }
}

func (i *interrupts) take(sig os.Signal, screen ui.Screen) {
	switch i.n.Add(1) {
	case 1:
		screen.Say("stopping in good order: nothing more starts but what has to be put back; press Ctrl-C again to leave at once (resumable)")
	case 2:
		screen.Say("leaving at once")
	default:
		screen.Close()
		os.Exit(exitInterrupted)
	}
	i.calls <- sig.String()
}
