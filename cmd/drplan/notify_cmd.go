package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/internal/notify"
	"github.com/drplan/drplan/internal/post"
	"github.com/drplan/drplan/report"
)

// catchUpPatience is how long a command that does nothing else waits for servers.
const catchUpPatience = time.Minute

func (a *app) notifyCommand() *cobra.Command {
	var o driveOptions
	var test bool
	cmd := &cobra.Command{
		Use:   "notify [RUN] | notify --test [PLAN]",
		Short: "Tell what stands open of a run that nobody drives, and escalate it",
		Long: `Tell, of a run that nobody drives now, what has not been told: that its process is
gone, what it waits for, how it ended; and, when nobody has reacted for as long as the
plan allows, those who are called next. A run tells by itself while it is driven; this
is for afterwards, from cron: what was told is not told again. Without RUN the newest.

A reaction is drplan ack, settle, run --resume, or the answer to a step.

With --test it sends a message that says so to every channel of a plan, and needs no run.`,
		Example:           "  drplan notify\n  drplan notify --test dr-plan.yaml\n  drplan notify 20260301T093000Z --notify slack:env:SLACK_URL",
		Args:              oneAtMost,
		ValidArgsFunction: completeRuns(),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := parseNotify(o.notify); err != nil {
				return err
			}
			if test {
				return a.tryChannels(planArg(args), o)
			}
			return a.notify(args, o)
		},
	}
	cmd.Flags().BoolVar(&test, "test", false, "send a test to every channel; the argument is a plan then")
	runsFlag(cmd, &o.runs)
	notifyFlag(cmd, &o.notify)
	return cmd
}

func (a *app) notify(args []string, o driveOptions) error {
	r, err := findHere(o.runs, orLatest(args))
	if err != nil {
		return err
	}
	if r.Live {
		_, err := fmt.Fprintf(a.out, "run %s goes on, and tells by itself\n", r.id)
		return err
	}
	t := a.tells(a.planOf(r, nil), o, r.dir)
	if len(t.config.Channels) == 0 {
		return usage(fmt.Errorf("the plan of run %s names no channel", r.id), "add `notifications:` to the plan for the next run, or name one now: --notify slack:env:VARIABLE")
	}
	before := len(r.Told)
	notify.CatchUp(notify.Settings{Header: r.Header, Past: r.Events, Config: t.config, Dir: t.dir, Say: func(string) {}}).Close(catchUpPatience)
	return a.caughtUp(r.id, toldIn(r.dir)[before:])
}

// caughtUp says what was told just now.
func (a *app) caughtUp(id string, fresh []report.Notice) error {
	failed := false
	for _, n := range fresh {
		line := fmt.Sprintf("%s: %s: %s", n.Channel, n.What, n.Outcome)
		if n.Error != "" {
			failed = true
			line += ": " + n.Error
		}
		if len(n.To) > 0 {
			line += " (for " + strings.Join(n.To, ", ") + ")"
		}
		fmt.Fprintln(a.out, line)
	}
	switch {
	case failed:
		return cannot(errors.New("not everybody could be told"), "what was told is not told again: drplan notify "+id)
	case len(fresh) == 0:
		fmt.Fprintf(a.out, "run %s: nothing to tell\n", id)
	}
	return nil
}

// tryChannels sends a test to every channel of a plan.
func (a *app) tryChannels(path string, o driveOptions) error {
	doc, err := a.loadPlan(path)
	if err != nil {
		return err
	}
	c := a.tells(doc, o, "").config
	if len(c.Channels) == 0 {
		return usage(fmt.Errorf("%s names no channel", path), "add `notifications:` to it, or name one: --notify slack:env:VARIABLE")
	}
	failed := false
	for _, e := range notify.Try(context.Background(), c, path, post.Policy{Attempts: 2}, time.Now()) {
		fmt.Fprintln(a.out, strings.TrimSuffix(fmt.Sprintf("%s (%s): %s: %s", e.Channel, strings.TrimSpace(string(e.Via)+" "+e.Host), e.Outcome, e.Error), ": "))
		failed = failed || e.Outcome != notify.Sent
	}
	if failed {
		return cannot(errors.New("not every channel took the test"), "")
	}
	return nil
}
