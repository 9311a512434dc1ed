package local

import (
	"context"
	"errors"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// Config is what a driver needs besides the run itself.
type Config struct {
	Registry *steps.Registry
	Runs     string // the folder of all runs

	// Overrides maps a preflight check's name, or step.check, to the reason for going on without it.
	Overrides map[string]string
	Identify  Identify
	// Survey finds out what a cluster is, for the record: the current context's where
	// there is none. What it cannot find out it leaves out. Nil: nobody asks.
	Survey func(ctx context.Context, c *steps.Cluster) []steps.Fact
	// Secrets finds the value of ${secret.NAME}; nil: there are none.
	Secrets func(name string) (string, error)
	// Known are values that no sink may show, beside those of the steps' secrets.
	Known []string
	// Ask puts a person's wait to a person at hand. Nil: answers come through the inbox alone.
	Ask func(ctx context.Context, q Question) (Answer, error)
	// Interrupts: the first asks the run to stop in good order, the second to leave at once.
	Interrupts <-chan string
	// Observer sees every event once it is on disk; nil: nobody looks.
	Observer Observer
	// Clock is the machine's unless a test sets it.
	Clock Clock
	// By names the person at the keyboard and the machine, user@host, for the journal.
	By string
	// Register enters a new run among those of its folder: it calls create, once,
	// with the run's place. Nil: the run has none.
	Register func(create func(*engine.Registration) error) error
}

// Observer watches a run. Its methods are called from several goroutines.
type Observer interface {
	Event(engine.Event)
	Progress(step, message string) // one short line that replaces the step's last
}

// Question is what a person is asked: an approval, or the end of a duration.
type Question struct {
	Step   string // with its key
	Wait   engine.Wait
	Prompt string
}

// Answer is what the person said.
type Answer struct {
	OK     bool
	By     string
	Reason string
}

// Clock tells the wall clock and a monotonic one, which never goes back within a process.
type Clock interface {
	Now() (wall time.Time, mono time.Duration)
}

// ErrNoKind says that the graph names a step type that this build does not have.
var ErrNoKind = errors.New("this build of drplan has no such step type")

type machineClock struct{ start time.Time }

func (c machineClock) Now() (time.Time, time.Duration) {
	now := time.Now()
	return now.UTC().Round(0), now.Sub(c.start)
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = machineClock{time.Now()}
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	if c.Register == nil {
		c.Register = func(create func(*engine.Registration) error) error { return create(nil) }
	}
	if c.Secrets == nil {
		c.Secrets = func(name string) (string, error) {
			return "", errors.New("no secrets were given to this run")
		}
	}
	return c
}

type nobody struct{}

func (nobody) Event(engine.Event)      {}
func (nobody) Progress(string, string) {}
