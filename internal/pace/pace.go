package pace

import (
	"cmp"
	"regexp"
	"slices"
	"sync"
	"time"
)

// How often a step gets a line: one that says something else after Settle at the
// soonest, the same again after Again. A step that ends sooner gets none.
const (
	Settle = 10 * time.Second
	Again  = time.Minute
)

// Pace remembers what each step has said last. The zero value is ready; its methods
// may be called from several goroutines.
type Pace struct {
	mu    sync.Mutex
	steps map[string]*said
}

type said struct {
	message string
	told    string    // the reason of the last line
	at      time.Time // of the last line; before the first, when the step began to speak
}

// Line is what a step is to be quoted with.
type Line struct{ Step, Message string }

// Note takes what a step says.
func (p *Pace) Note(step, message string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.steps == nil {
		p.steps = map[string]*said{}
	}
	if p.steps[step] == nil {
		p.steps[step] = &said{at: now}
	}
	p.steps[step].message = message
}

// Forget is for a step that works no more.
func (p *Pace) Forget(step string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.steps, step)
}

// Due are the lines to be written now, by step. They count as written.
func (p *Pace) Due(now time.Time) (due []Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for step, s := range p.steps {
		why, waited := reason(s.message), now.Sub(s.at)
		if s.message == "" || waited < Settle || why == s.told && waited < Again {
			continue
		}
		s.told, s.at = why, now
		due = append(due, Line{step, s.message})
	}
	slices.SortFunc(due, func(a, b Line) int { return cmp.Compare(a.Step, b.Step) })
	return due
}

var figures = regexp.MustCompile(`[0-9][0-9.,]*`)

// reason is a message without its figures: how far a step is changes all the time.
func reason(message string) string { return figures.ReplaceAllString(message, "0") }
