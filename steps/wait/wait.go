package wait

import (
	"context"
	"errors"
	"time"

	"github.com/drplan/drplan/steps"
)

// What the engine is told to wait as: Traits.Wait of each kind.
const (
	waitTimer    = "timer"
	waitDuration = "duration"
	waitApproval = "approval"
)

// errWaits is returned by Run, which a driver never calls for these kinds.
var errWaits = errors.New("this step waits, and is not run: the driver should have waited")

// Timer returns the kind timer: it waits for a length of time.
func Timer() steps.Kind {
	return steps.Kind{
		Type: "timer", Summary: "Waits for a length of time",
		Doc:     "The time counts as the machine's, not as people's. `0s` is over at once. A resumed run waits only for what is left.",
		Example: "step: Let the caches settle\ntimer: 30 seconds\n",
		ByHand:  "sleep # {{.duration}}",
		New:     func() steps.Step { return new(timer) },
		Timeout: 365 * 24 * time.Hour, Scalar: "duration", Traits: steps.Traits{Wait: waitTimer},
	}
}

type timer struct {
	Duration steps.Duration `json:"duration" plan:"required" doc:"How long to wait."`
}

func (*timer) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, errWaits }
func (t *timer) Wait() (time.Duration, string)                        { return time.Duration(t.Duration), "" }

// Duration returns the kind duration: work done by people, with the time that
// it is planned to take.
func Duration() steps.Kind {
	return steps.Kind{
		Type: "duration", Summary: "Work that people do, with its planned time",
		Doc: "In a run it is a stopwatch: it ends with `drplan done RUN STEP`, and the time counts as people's. " +
			"An unattended drill simulates it with `--simulate-waits`, which makes the measured RTO an estimate.",
		Example: "step: Provision a new cluster\nduration: 30 minutes\n",
		ByHand:  "# people work here: {{.duration}} are planned",
		New:     func() steps.Step { return new(duration) },
		Timeout: 7 * 24 * time.Hour, Scalar: "duration", Traits: steps.Traits{Wait: waitDuration, Brings: steps.Anything},
	}
}

type duration struct {
	Duration steps.Duration `json:"duration" plan:"required" doc:"How long the work is planned to take."`
	Prompt   string         `json:"prompt" doc:"What people are to do, when the step's name does not say it."`
}

func (*duration) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, errWaits }
func (d *duration) Wait() (time.Duration, string)                        { return time.Duration(d.Duration), d.Prompt }

// Approval returns the kind approval: nothing after it starts before a person agrees.
func Approval() steps.Kind {
	return steps.Kind{
		Type: "approval", Summary: "Waits until a person agrees",
		Doc: "On a terminal it asks; elsewhere it waits for `drplan approve RUN STEP`. The time counts as people's. " +
			"When nobody answers before the step's `timeout`, the step has failed.",
		Example: "step: Agree to wipe the old cluster\napproval: The old cluster will be wiped. Go on?\ntimeout: 1 hour\n",
		ByHand:  "# ask: {{.prompt}}",
		New:     func() steps.Step { return new(approval) },
		Timeout: 24 * time.Hour, Scalar: "prompt", Traits: steps.Traits{Wait: waitApproval, Brings: steps.Anything},
	}
}

type approval struct {
	Prompt string `json:"prompt" plan:"required" doc:"The question, to be answered with yes or no."`
}

func (*approval) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, errWaits }
func (a *approval) Wait() (time.Duration, string)                        { return 0, a.Prompt }
