package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/internal/notify"
	"github.com/drplan/drplan/internal/ui"
	"github.com/drplan/drplan/report"
)

// notifyPatience is how long a command waits, once its report is out, for the last
// messages to be taken.
const notifyPatience = 10 * time.Second

// teller is a notifier beside a run; nil: nobody is told.
type teller struct {
	*notify.Notifier
	mu  sync.Mutex
	say func(string) // where trouble is told: the screen, later the log
	app *app
}

// begin begins to tell; past is what has happened before.
func (t telling) begin(a *app, screen ui.Screen, h engine.Header, past []engine.Event) *teller {
	if len(t.config.Channels) == 0 {
		return nil
	}
	out := &teller{say: screen.Say, app: a}
	out.Notifier = notify.Start(notify.Settings{Header: h, Past: past, Config: t.config, Dir: t.dir, Say: func(text string) {
		out.mu.Lock()
		defer out.mu.Unlock()
		out.say("warning: " + text)
	}})
	return out
}

// screenClosed has trouble that comes later told as plain lines.
func (t *teller) screenClosed() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.say = func(text string) { fmt.Fprintln(t.app.err, text) }
}

// watch hands every event over as well.
func (t *teller) watch(o local.Observer) local.Observer {
	if t == nil {
		return o
	}
	return &told{o, t}
}

type told struct {
	local.Observer
	to *teller
}

func (o *told) Event(ev engine.Event) {
	o.Observer.Event(ev)
	o.to.Notifier.Event(ev)
}

// end waits for the last messages; not for long where a person wants to leave at once.
func (t *teller) end(interrupts int) {
	if t == nil {
		return
	}
	patience := notifyPatience
	if interrupts > 1 {
		patience = time.Second
	}
	say := time.AfterFunc(time.Second, func() {
		fmt.Fprintf(t.app.err, "waiting until the last messages are taken, %s at most\n", patience)
	})
	defer say.Stop()
	t.Close(patience)
}

// toldIn is who was told of the run in a folder; of a record that cannot be read
// nothing is known.
func toldIn(dir string) []report.Notice {
	entries, err := notify.RecordOf(dir).Entries()
	if err != nil {
		return nil
	}
	var out []report.Notice
	for _, e := range entries {
		n := report.Notice{At: report.Instant{Time: e.At.UTC()}, Outcome: string(e.Outcome), Channel: e.Channel, Via: string(e.Via), What: e.Title, By: e.By, Error: e.Error}
		if e.By != "" {
			n.What = e.Reason
		}
		for _, p := range e.To {
			n.To = append(n.To, strings.TrimSpace(p.Role+" "+p.Reach))
		}
		out = append(out, n)
	}
	return out
}
