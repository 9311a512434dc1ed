package period

import (
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Journal is a run that is there, before it is read.
type Journal struct {
	ID string // what its folder is called
	// Read reads and checks it; called once, from any goroutine. Its error says that
	// the run cannot be read.
	Read func() (Read, error)
}

// Read is a run with what its files prove.
type Read struct {
	Run *report.Run
	// Sign looks at the run's signatures, and is asked for runs of the period alone; nil:
	// there are none.
	Sign func() (Signature, error)
}

// Signature is what is known of a run's signatures.
type Signature struct {
	State string `json:"state"`        // one of the constants
	By    string `json:"by,omitempty"` // who signed
	Text  string `json:"text,omitempty"`
}

// The states of a signature.
const (
	Unsigned = "unsigned"
	Signed   = "signed"   // by a key that nobody gave: it was not checked
	Verified = "verified" // by a key that was given, to the last record, closed
	Broken   = "broken"   // something does not hold; Text says what
)

// Runs is what is kept of many runs.
type Runs struct {
	all        []*Run // by when they began
	unreadable []Attention
	places     []Place
}

// Place is what a run's first record says of its place among the runs.
type Place struct {
	Run   string
	Start *engine.Registration // nil: it was begun without a register
}

// Places are those of all runs that could be read.
func (r *Runs) Places() []Place { return r.places }

// Fold reads runs, as many at one time as there are cores, and keeps little of each;
// span is the time that will be reported.
func Fold(journals iter.Seq[Journal], span Span) *Runs {
	work, out := make(chan Journal), &Runs{}
	names := newNames()
	var lock sync.Mutex
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for j := range work {
				run, place, err := brief(j, span, names)
				lock.Lock()
				out.add(j.ID, run, place, err)
				lock.Unlock()
			}
		})
	}
	for j := range journals {
		work <- j
	}
	close(work)
	all.Wait()
	out.sort()
	return out
}

func (r *Runs) add(id string, run *Run, start *engine.Registration, err error) {
	if err != nil {
		r.unreadable = append(r.unreadable, Attention{Kind: KindUnreadable, Run: id, Text: err.Error()})
		return
	}
	r.all = append(r.all, run)
	r.places = append(r.places, Place{id, start})
}

// sort undoes the chance of which was read first.
func (r *Runs) sort() {
	slices.SortFunc(r.all, func(a, b *Run) int {
		if c := a.StartedAt.Compare(b.StartedAt.Time); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	slices.SortFunc(r.unreadable, func(a, b Attention) int { return strings.Compare(a.Run, b.Run) })
	slices.SortFunc(r.places, func(a, b Place) int { return strings.Compare(a.Run, b.Run) })
}
