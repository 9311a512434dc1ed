package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/program"
)

// Control is how a server is stopped and started. It is embedded in the config
// of step kinds: exactly one of commands, systemd_unit and static_pod.
type Control struct {
	Stop        steps.Command `json:"stop" doc:"Command that stops it; it must return when the process is gone, and succeed when none runs."`
	Start       steps.Command `json:"start" doc:"Command that starts it; it must return once the process runs, and leave a running one alone."`
	SystemdUnit string        `json:"systemd_unit" doc:"The systemd unit, in place of stop and start."`
	StaticPod   string        `json:"static_pod" doc:"The manifest of the kubelet's static pod, in place of stop and start: it is moved to a folder beside the kubelet's, and back: /etc/kubernetes/manifests/etcd.yaml to /etc/kubernetes/manifests-stopped/etcd.yaml."`
	PIDFile     string        `json:"pid_file" doc:"File whose first line is the process's number: one more proof that it is dead."`
}

// ErrNoControl says that nothing is given to stop or start a server with.
var ErrNoControl = errors.New("say how to stop and start it: stop and start, systemd_unit or static_pod")

// Validate checks that one way is given, or none.
func (c Control) Validate(partial bool) error {
	ways := 0
	for _, given := range []bool{!c.Stop.IsZero() || !c.Start.IsZero(), c.SystemdUnit != "", c.StaticPod != ""} {
		if given {
			ways++
		}
	}
	switch {
	case ways > 1:
		return steps.Errorf("stop", "stop and start, systemd_unit and static_pod exclude each other")
	case !partial && !c.Start.IsZero() && c.Stop.IsZero():
		return steps.Errorf("stop", "start is given without stop")
	}
	return nil
}

// CanStop reports whether a way to stop it is given.
func (c Control) CanStop() bool { return !c.Stop.IsZero() || c.SystemdUnit != "" || c.StaticPod != "" }

// CanStart reports whether a way to start it is given.
func (c Control) CanStart() bool {
	return !c.Start.IsZero() || c.SystemdUnit != "" || c.StaticPod != ""
}

// Halt stops the server. That it returned nil is no proof: ask a [Watch].
func (c Control) Halt(ctx context.Context, x Exec) error {
	switch {
	case c.SystemdUnit != "":
		return x.Run(ctx, "stop", []string{"systemctl", "stop", c.SystemdUnit}, nil)
	case c.StaticPod != "":
		return park(c.StaticPod, parked(c.StaticPod))
	case !c.Stop.IsZero():
		return x.Run(ctx, "stop", program.Argv(c.Stop), nil)
	}
	return ErrNoControl
}

// Launch starts the server with the variables added to its command's
// environment. A static pod gets edit applied to its manifest; nil leaves it as
// it was.
func (c Control) Launch(ctx context.Context, x Exec, vars map[string]string, edit func(manifest []byte) ([]byte, error)) error {
	switch {
	case c.SystemdUnit != "":
		return x.Run(ctx, "start", []string{"systemctl", "start", c.SystemdUnit}, vars)
	case c.StaticPod != "":
		return unpark(parked(c.StaticPod), c.StaticPod, edit)
	case !c.Start.IsZero():
		return x.Run(ctx, "start", program.Argv(c.Start), vars)
	}
	return ErrNoControl
}

// StartLine is what a person types to start what Halt has stopped; "" where
// nothing is given to start it with.
func (c Control) StartLine() string {
	switch {
	case c.SystemdUnit != "":
		return "systemctl start " + steps.ShellWord(c.SystemdUnit)
	case c.StaticPod != "":
		return "mv " + steps.ShellWord(parked(c.StaticPod)) + " " + steps.ShellWord(c.StaticPod)
	case c.Start.Argv == nil:
		return c.Start.Script
	}
	words := make([]string, len(c.Start.Argv))
	for i, arg := range c.Start.Argv {
		words[i] = steps.ShellWord(arg)
	}
	return strings.Join(words, " ")
}

func wrap(what string, argv []string, err error) error {
	return fmt.Errorf("%s (%s): %w", what, strings.Join(argv, " "), err)
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
