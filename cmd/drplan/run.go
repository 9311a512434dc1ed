package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
)

// runOptions are the flags of drplan run.
type runOptions struct {
	selection
	driveOptions
	confirm, disasterAt, resume string
	dryRun, simulateWaits, keep bool
	acceptPlanChange            bool
}

func (a *app) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [PLAN] --scenario NAME",
		Short: "Run a drill, or recover for real",
		Long: `Run a plan's drill, or with --mode recovery one of its procedures for real. Every
step is timed and journaled; the report goes to stdout, the progress to stderr.

First Ctrl-C: nothing more starts but what has to be put back. Second: drplan
leaves at once; --resume then finishes the stopping first (a drill's cleanup, and it
is over; a recovery goes on with one more --resume). A run that crashed or stopped in
doubt goes on with --resume as well, and so does a failed one, unless its cleanup has
begun: for drills, see --keep-on-failure.

Exits 1 when the run failed or an objective was measured and missed, 3 when it
could not or would not run, 130 when it was interrupted.`,
		Example: `  drplan run --scenario accidental_deletion
  drplan run plan.yaml --scenario namespace_deletion --mode recovery --confirm prod
  drplan run --resume latest`,
		Args:              oneAtMost,
		ValidArgsFunction: completePlans,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.run(cmd, args, o) },
	}
	o.selection.flags(cmd, string(engine.ModeDrill))
	o.driveOptions.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.confirm, "confirm", "", "recovery without a terminal: what it will touch, typed here")
	f.StringVar(&o.disasterAt, "disaster-at", "", "recovery: when the outage began (RFC 3339, or 15:04 today); the RTO counts from there")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would run, how long that may take and what it would do; change nothing")
	f.StringVar(&o.resume, "resume", "", "go on with this run: an id, the beginning of one, or latest")
	f.BoolVar(&o.simulateWaits, "simulate-waits", false, "drills: count people's planned time instead of waiting for them, but for approvals; the RTO is an estimate then")
	f.BoolVar(&o.keep, "keep-on-failure", false, "leave a failed drill as it is: for --resume, or for drplan cleanup")
	f.BoolVar(&o.acceptPlanChange, "accept-plan-change", false, "with --resume: go on with PLAN as it is now")
	complete(cmd, "resume", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return runIDs(cmd)
	})
	return cmd
}

func (a *app) run(cmd *cobra.Command, args []string, o runOptions) error {
	if err := o.check(cmd, args); err != nil {
		return err
	}
	if o.resume != "" {
		return a.resume(args, o)
	}
	return a.begin(planArg(args), o)
}

// check refuses flags that do not go together.
func (o *runOptions) check(cmd *cobra.Command, args []string) error {
	if err := o.driveOptions.check(); err != nil {
		return err
	}
	if len(args) > 0 && args[0] == "-" {
		return usagef("a run needs the plan in a file, not on stdin")
	}
	if o.resume == "" && !cmd.Flags().Changed("resume") {
		return o.checkNew()
	}
	if o.resume == "" {
		return usagef("--resume names a run; use latest for the newest one")
	}
	for _, name := range []string{"scenario", "mode", "param", "disaster-at", "simulate-waits", "keep-on-failure", "confirm", "dry-run"} {
		if cmd.Flags().Changed(name) {
			return usagef("--%s does not go with --resume: it was decided when the run began", name)
		}
	}
	if o.acceptPlanChange && len(args) == 0 {
		return usagef("--accept-plan-change goes with PLAN: name the edited file")
	}
	return nil
}

func (o *runOptions) checkNew() error {
	switch {
	case o.acceptPlanChange:
		return usagef("--accept-plan-change goes with --resume")
	case o.disasterAt != "" && o.mode != string(engine.ModeRecovery):
		return usagef("--disaster-at goes with --mode recovery: a drill makes its own disaster")
	case o.confirm != "" && o.mode != string(engine.ModeRecovery):
		return usagef("--confirm goes with --mode recovery")
	case o.simulateWaits && o.mode == string(engine.ModeRecovery):
		return usagef("--simulate-waits goes with drills: a recovery waits for people's work to be done")
	case o.keep && o.mode == string(engine.ModeRecovery):
		return usagef("--keep-on-failure goes with drills: a recovery has no cleanup, and a failed one always goes on with --resume")
	}
	return nil
}

// begin starts a new run.
func (a *app) begin(path string, o runOptions) error {
	sel, err := o.selection.read()
	if err != nil {
		return err
	}
	doc, err := a.loadPlan(path)
	if err != nil {
		return err
	}
	c, err := doc.Compile(registry(), sel)
	if err != nil {
		return err
	}
	if _, err := outage(o.disasterAt, time.Now()); err != nil {
		return err
	}
	if !o.dryRun && len(c.NotRunnable) > 0 {
		return cannot(c.NotRunnable, "this plan cannot be run as it is: nothing was started")
	}
	header, err := a.newHeader(doc, c, sel.Mode, o)
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.dryRun(doc, c, header, o)
	}
	if header.Mode == engine.ModeRecovery {
		if err := a.confirm(header, c, o.confirm); err != nil {
			return err
		}
	}
	return a.start(header, doc, o.driveOptions)
}

// outage reads --disaster-at: RFC 3339, a local date and time, or a time of today.
func outage(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if err != nil {
			at, err = time.ParseInLocation(layout, text, now.Location())
		}
	}
	if err != nil {
		at, err = today(text, now)
	}
	if err != nil {
		return at, usage(fmt.Errorf("--disaster-at %q is not a time", text), "write 2026-03-01T09:30:00Z, '2026-03-01 09:30', or 09:30 for today")
	}
	if at.After(now) {
		return at, usagef("--disaster-at %s is in the future", at.Format(time.RFC3339))
	}
	return at.UTC(), nil
}

func today(text string, now time.Time) (time.Time, error) {
	clock, err := time.Parse("15:04", text)
	if err != nil {
		clock, err = time.Parse("15:04:05", text)
	}
	return time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, now.Location()), err
}

// overrides reads --override and --reason.
func overrides(checks []string, reason string) (map[string]string, error) {
	reason = strings.TrimSpace(reason)
	if len(checks) == 0 && reason != "" {
		return nil, usagef("--reason goes with --override")
	}
	if len(checks) > 0 && reason == "" {
		return nil, usage(errors.New("--override needs --reason"), "the reason goes on record: why the check does not matter now")
	}
	out := make(map[string]string, len(checks))
	for _, c := range checks {
		if c == "" {
			return nil, usagef("--override names a check, as the refusal does: disk_space, or STEP.disk_space")
		}
		out[c] = reason
	}
	return out, nil
}
