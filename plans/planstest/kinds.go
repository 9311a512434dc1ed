// Package planstest has step kinds for the tests of whatever handles plans:
// between them they have every field type and every trait. They cannot run.
package planstest

import (
	"context"
	"time"

	"github.com/drplan/drplan/steps"
)

type noop struct{}

func (noop) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }

type commandStep struct {
	noop
	Run_ steps.Command  `json:"run" plan:"required" doc:"What to run."`
	Dir  string         `json:"dir" doc:"Where."`
	Exit []int          `json:"expect_exit" doc:"Exit statuses that are good."`
	Wait steps.Duration `json:"stop_grace" default:"5s" doc:"Between the two signals."`
}

type shellStep struct {
	noop
	Script string   `json:"script" plan:"literal" doc:"For the shell."`
	Argv   []string `json:"argv" doc:"A program and its arguments."`
}

type waitStep struct {
	noop
	For steps.Duration `json:"for" plan:"required" doc:"How long."`
}

func (w *waitStep) Wait() (time.Duration, string) { return time.Duration(w.For), "" }

type tlsFields struct {
	CA     string `json:"ca" doc:"File."`
	Verify bool   `json:"verify" default:"true" doc:"Check it."`
}

type restoreStep struct {
	noop
	From    string            `json:"from" plan:"required" doc:"The backup."`
	Mode    string            `json:"mode" enum:"fast,safe" default:"safe" doc:"How."`
	Members []string          `json:"members" doc:"Whom."`
	Bump    int64             `json:"bump" doc:"How far."`
	Rate    float64           `json:"rate" doc:"How fast."`
	Part    steps.Size        `json:"part" default:"16MiB" doc:"Bytes at a time."`
	Since   time.Time         `json:"since" doc:"Not before."`
	Key     steps.Secret      `json:"key" doc:"The key."`
	Labels  map[string]string `json:"labels" doc:"Labels."`
	TLS     tlsFields         `json:"tls" doc:"TLS."`
	Any     any               `json:"any" doc:"Anything."`
}

func (r *restoreStep) Validate(partial bool) error {
	if !partial && r.Bump < 0 {
		return steps.Errorf("bump", "it must not be negative")
	}
	return nil
}

// Registry returns the kinds: command, shell, timer, duration, find, canary, restore and verify.
func Registry() *steps.Registry {
	kind := func(typ string, k steps.Kind) steps.Kind {
		k.Type, k.Summary = typ, "For tests."
		if k.Timeout == 0 {
			k.Timeout = time.Hour
		}
		return k
	}
	outputs := []steps.Output{
		{Name: "name", Type: steps.String}, {Name: "revision", Type: steps.Int}, {Name: "ratio", Type: steps.Number},
		{Name: "ok", Type: steps.Bool}, {Name: "made_at", Type: steps.Time}, {Name: "members", Type: steps.List}, {Name: "facts", Type: steps.Map},
	}
	wait := func() steps.Step { return &waitStep{} }
	return steps.NewRegistry(
		kind("command", steps.Kind{New: func() steps.Step { return &commandStep{} }, Scalar: "run", List: "run",
			Outputs: []steps.Output{{Name: "stdout", Type: steps.String}, {Name: "exit_code", Type: steps.Int}},
			Traits:  steps.Traits{Mutates: true}}),
		kind("shell", steps.Kind{New: func() steps.Step { return &shellStep{} }, Scalar: "script", List: "argv"}),
		kind("timer", steps.Kind{New: wait, Scalar: "for", Traits: steps.Traits{Wait: "timer"}}),
		kind("duration", steps.Kind{New: wait, Scalar: "for", Timeout: 24 * time.Hour, Traits: steps.Traits{Wait: "duration"}}),
		kind("find", steps.Kind{New: func() steps.Step { return &struct{ noop }{} }, Outputs: outputs}),
		kind("canary", steps.Kind{New: func() steps.Step { return &struct{ noop }{} }, Outputs: outputs, Traits: steps.Traits{Observes: true}}),
		kind("restore", steps.Kind{New: func() steps.Step { return &restoreStep{} }, Outputs: outputs, Traits: steps.Traits{Restores: true, Mutates: true}}),
		kind("verify", steps.Kind{New: func() steps.Step {
			return &struct {
				noop
				That []bool `json:"that" doc:"What must hold."`
				Pods string `json:"pods" plan:"cluster" doc:"Pods that must run."`
			}{}
		}, List: "that", Traits: steps.Traits{Verifies: true}}),
	)
}
