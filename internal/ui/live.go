package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clipperhouse/displaywidth"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// redraw is the shortest time between two frames.
const redraw = 100 * time.Millisecond

// live redraws a block of rows in place. It never hides the cursor and never
// leaves the terminal's normal mode, so that nothing needs to be restored,
// however the process ends.
type live struct {
	term Terminal
	desk desk
	stop chan struct{}
	done sync.WaitGroup
	once sync.Once

	mu       sync.Mutex
	state    *state
	drawn    []string // the rows on the terminal; the cursor stands below them
	question string   // where one is open, the line the cursor stands in
	now      func() time.Time
}

func newLive(t Terminal, h engine.Header, keys *Keyboard) *live {
	l := &live{term: t, desk: desk{keys: keys}, state: newState(h), stop: make(chan struct{}), now: time.Now}
	l.done.Go(l.loop)
	return l
}

func (l *live) loop() {
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.mu.Lock()
			l.draw()
			l.mu.Unlock()
		case <-l.stop:
			return
		}
	}
}

func (l *live) Past(events []engine.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ev := range events {
		l.state.apply(ev, l.now())
	}
}

func (l *live) Event(ev engine.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.apply(ev, l.now())
	l.desk.follow(l.state)
	if keep(ev) {
		l.print(OneLine(fmt.Sprintf("+%s %s", report.Duration(ev.T), Line(ev))))
	}
}

// keep says which events stay above the rows for good: those that a fold of the
// rows would make vanish and that people must not miss.
func keep(ev engine.Event) bool {
	switch ev.Kind {
	case engine.InDoubt, engine.Settled, engine.JournalCut, engine.Resumed, engine.Noted, engine.CancelRequested:
		return true
	case engine.PreflightDone:
		return ev.Outcome != engine.Succeeded
	case engine.AttemptEnded:
		return ev.Outcome != engine.Succeeded
	}
	return false
}

func (l *live) Progress(step, message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.state.rows[step]; r != nil && r.status == engine.StatusRunning {
		r.message = message
	}
}

func (l *live) Say(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print(text)
}

// Ask puts the question below the rows, which go on moving above it.
func (l *live) Ask(ctx context.Context, step, question string) (string, error) {
	return l.desk.ask(ctx, step, l.waiting, func(ctx context.Context) (string, error) {
		l.open(OneLine(question))
		answer, err := l.desk.keys.ReadLine(ctx)
		l.shut(err == nil)
		return answer, err
	})
}

func (l *live) waiting(step string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state.waiting(step)
}

func (l *live) Close() {
	l.once.Do(func() {
		close(l.stop)
		l.done.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.question = ""
		l.draw()
	})
}

func (l *live) look() look {
	width, height := l.term.Size()
	return look{width: width, height: height, color: l.term.Color, ascii: l.term.ASCII}
}

// draw replaces the rows. While a question is open the number of rows stays as
// it is and the cursor returns to where the person is typing.
func (l *live) draw() {
	lk := l.look()
	frame := l.state.frame(l.now(), lk)
	if l.question != "" {
		l.drawAround(resize(frame, len(l.drawn)), lk.width)
		return
	}
	if slices.Equal(frame, l.drawn) {
		return
	}
	fmt.Fprint(l.term.Out, l.above(lk.width)+rows(frame)+"\x1b[J")
	l.drawn = frame
}

func (l *live) drawAround(frame []string, width int) {
	if slices.Equal(frame, l.drawn) {
		return
	}
	fmt.Fprint(l.term.Out, "\x1b7"+l.above(width)+rows(frame)+"\x1b8")
	l.drawn = frame
}

// print puts a line above the rows for good.
func (l *live) print(text string) {
	width, _ := l.term.Size()
	out := l.above(width) + "\x1b[J" + text + "\n" + rows(l.drawn)
	if l.question != "" {
		out += l.question
	}
	fmt.Fprint(l.term.Out, out)
}

// open begins a question: a full frame, then the line that is typed into.
func (l *live) open(question string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw()
	l.question = "? " + question + " "
	fmt.Fprint(l.term.Out, l.question)
}

// shut ends it. After an answer the terminal's echo has moved the cursor to the
// next line, so the question and its answer are rows too, to be drawn over.
func (l *live) shut(answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answered {
		l.drawn = append(l.drawn, l.question)
	}
	l.question = ""
	l.draw()
}

// above moves the cursor to the first of the rows. A terminal that has become
// narrower has wrapped them.
func (l *live) above(width int) string {
	n := 0
	for _, s := range l.drawn {
		n += 1 + max(displaywidth.String(stripStyles(s))-1, 0)/width
	}
	if n == 0 {
		return "\r"
	}
	return fmt.Sprintf("\r\x1b[%dA", n)
}

func rows(frame []string) string {
	var b strings.Builder
	for _, s := range frame {
		b.WriteString(s + "\x1b[K\n")
	}
	return b.String()
}

func resize(frame []string, n int) []string {
	for len(frame) < n {
		frame = append(frame, "")
	}
	return frame[len(frame)-n:]
}

// stripStyles removes what Style.Paint adds.
func stripStyles(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if _, s, found = strings.Cut(rest, "m"); !found {
			return b.String()
		}
	}
}
