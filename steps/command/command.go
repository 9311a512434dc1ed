package command

import (
	"errors"
	"slices"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/program"
)

// Kind returns the kind command.
func Kind() steps.Kind {
	return steps.Kind{
		Type:    "command",
		Summary: "Runs a program or a shell script",
		Doc: "A string is a script for `sh -e` (with `pipefail` where the shell has it), and holds no expression: values reach it as " +
			"`env:` or as `$DRPLAN_PARAM_NAME`. A list is a program and its arguments, runs without a shell, and may hold expressions.\n\n" +
			"The environment is drplan's own, with `DRPLAN_RUN_ID`, `DRPLAN_STEP`, `DRPLAN_ATTEMPT`, `DRPLAN_STEP_DIR`, the parameters, and " +
			"the step's `env:` over it. The step ends when the program ends; what it leaves in the background is not waited for. When the " +
			"step is cancelled or out of time, all of the program's process group gets SIGTERM and, after `stop_grace`, SIGKILL; a process " +
			"that left the group (`setsid`) is out of reach.\n\n" +
			"Of what it prints the first 8 MiB of each stream are kept in the run's folder. What it leaves in the background should redirect " +
			"its output: nobody bounds that once the step has ended.\n\n" +
			"After a crash of drplan the program goes on, and a resumed run waits for it or reads how it ended.",
		Example: "step: Tell the on-call\ncommand: [notify, --channel, oncall, \"${run.id}\"]\n",
		ByHand:  "{{with .dir}}cd {{.}}\n{{end}}{{with .script}}{{.}}{{end}}{{range $i, $arg := .argv}}{{if $i}} {{end}}{{quote $arg}}{{end}}",
		New:     func() steps.Step { return new(Command) },
		Outputs: []steps.Output{
			{Name: "stdout", Type: steps.String, Doc: "What it wrote to its standard output: the first 64 KiB, without the last newline."},
			{Name: "truncated", Type: steps.Bool, Doc: "Whether it wrote more than that."},
			{Name: "exit_code", Type: steps.Int, Doc: "Its exit code."},
		},
		Timeout: time.Hour, Scalar: "script", List: "argv",
		Traits: steps.Traits{Mutates: true, Brings: steps.Anything}, BringsOf: brings,
	}
}

// Command is the config of the kind.
type Command struct {
	Script     string         `json:"script" plan:"literal" doc:"A script for sh -e."`
	Argv       []string       `json:"argv" doc:"A program and its arguments, run without a shell."`
	Dir        string         `json:"dir" doc:"The folder to run in. Default: where drplan was started."`
	Stdin      string         `json:"stdin" doc:"What the program reads from its standard input. Default: nothing."`
	ExpectExit []int          `json:"expect_exit" doc:"Exit codes that are success. Default: 0 alone."`
	StopGrace  steps.Duration `json:"stop_grace" default:"5s" doc:"Time between SIGTERM and SIGKILL when the step is cancelled or out of time."`
}

// Validate wants exactly one of script and argv.
func (c *Command) Validate(partial bool) error {
	var errs []error
	switch {
	case c.Script != "" && c.Argv != nil:
		errs = append(errs, steps.Errorf("argv", "script is given too: choose one"))
	case c.Script == "" && len(c.Argv) == 0 && !partial:
		errs = append(errs, steps.Errorf("script", "give a script, or a program as argv"))
	case !partial && c.Argv != nil && c.Argv[0] == "":
		errs = append(errs, steps.Errorf("argv[0]", "the program's name is empty"))
	}
	for _, code := range c.ExpectExit {
		if code < 0 || code > 255 {
			errs = append(errs, steps.Errorf("expect_exit", "exit codes are 0 to 255, not %d", code))
		}
	}
	return errors.Join(errs...)
}

func (c *Command) argv() []string {
	return program.Argv(steps.Command{Script: c.Script, Argv: c.Argv})
}

func (c *Command) expects(code int) bool {
	if len(c.ExpectExit) == 0 {
		return code == 0
	}
	return slices.Contains(c.ExpectExit, code)
}
