package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/internal/ui"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/identity"
)

// driveOptions are the flags of every command that drives a run.
type driveOptions struct {
	runs, output    string
	dir             string // where steps run; empty: here, or where the run was begun
	overrides       []string
	reason          string
	requireMeasured bool
	mirror          mirrorOptions
	sign            signOptions
	notify          []string // --notify
	telling         telling  // whom the run tells; from its plan and --notify

	verdict func(*run, *report.Summary) int // the exit code; nil: what the run deserves
}

func (o *driveOptions) flags(cmd *cobra.Command) {
	runsFlag(cmd, &o.runs)
	o.mirror.flags(cmd)
	o.sign.flags(cmd)
	notifyFlag(cmd, &o.notify)
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", "", "the folder in which steps run (default the current one; of a run that goes on, the one it was begun in)")
	f.StringVarP(&o.output, "output", "o", "text", "text, json (the summary), jsonl (every event)")
	f.StringArrayVar(&o.overrides, "override", nil, "go on although this preflight check does not hold; needs --reason; may be repeated")
	f.StringVar(&o.reason, "reason", "", "why, for the record")
	f.BoolVar(&o.requireMeasured, "require-measured", false, "an objective that was not measured counts as missed")
	complete(cmd, "output", words("text", "json", "jsonl"))
}

func (o *driveOptions) check() error {
	if o.output != "text" && o.output != "json" && o.output != "jsonl" {
		return usagef("-o is text, json or jsonl, not %q", o.output)
	}
	if _, err := parseNotify(o.notify); err != nil {
		return err
	}
	if o.mirror.takeover {
		if strings.TrimSpace(o.reason) == "" {
			return usage(errors.New("--takeover needs --reason"), "it goes on record: how you know that the other driver is gone")
		}
		return nil
	}
	_, err := overrides(o.overrides, o.reason)
	return err
}

// start begins a new run; the plan's bytes and the parameters are kept beside
// its journal.
func (a *app) start(h engine.Header, doc *plans.Document, o driveOptions) error {
	files := map[string][]byte{"plan.yaml": doc.Bytes, "params.json": append(h.Params[:len(h.Params):len(h.Params)], '\n')}
	runs, err := runsFolder(o.runs) // before the folder is another
	if err != nil {
		return err
	}
	o.runs = absoluteIfGiven(o.runs)
	h.Plan = sourced(h.Plan) // before the folder is another, too: its path may be relative
	if err := enter(h, o.dir); err != nil {
		return err
	}
	o.telling = a.tells(doc, o, filepath.Join(runs, h.RunID))
	mirrored, err := a.copies(o, h.RunID, filepath.Join(runs, h.RunID))
	if err != nil {
		return err
	}
	trouble := "" // told at the end, for the screen is busy
	defer func() {
		if trouble != "" {
			fmt.Fprintf(a.err, "warning: %s\n", trouble)
		}
	}()
	return a.drive(h, nil, o, mirrored, func(ctx context.Context, cfg local.Config) (string, error) {
		cfg.Runs = runs
		cfg.Register = a.enters(runs, h.RunID, func(text string) { trouble = text })
		return local.Run(ctx, cfg, h, files)
	})
}

// takeUp goes on with a run.
func (a *app) takeUp(r *run, o driveOptions, how local.Reopening) error {
	r.dir, o.runs = absolute(r.dir), absoluteIfGiven(o.runs)
	if err := enter(r.Header, o.dir); err != nil {
		return err
	}
	o.telling = a.tells(a.planOf(r, how.Change), o, r.dir)
	mirrored, err := a.copies(o, r.id, r.dir)
	if err != nil {
		return err
	}
	if how.Foreign, err = foreign(r.dir); err != nil {
		return err
	}
	return a.drive(r.Header, r.Events, o, mirrored, func(ctx context.Context, cfg local.Config) (string, error) {
		cfg.Runs = filepath.Dir(r.dir)
		return r.dir, local.Resume(ctx, cfg, r.dir, how)
	})
}

// drive runs under people's eyes, and tells how it ended.
func (a *app) drive(h engine.Header, past []engine.Event, o driveOptions, mirrored *copying, run func(context.Context, local.Config) (string, error)) error {
	term := ui.Detect(a.err, a.getenv)
	var keys *ui.Keyboard
	if term.Terminal() && ui.IsTerminal(a.in) {
		keys = a.keyboard()
	}
	if err := o.sign.load(a, h.Mode, func(text string) { fmt.Fprintf(a.err, "warning: %s\n", text) }); err != nil {
		return err
	}
	screen := ui.New(term, h, keys)
	defer screen.Close()
	screen.Past(past)
	interrupts, stop := a.listen(screen)
	defer stop()
	cfg, err := a.config(o)
	if err != nil {
		return err
	}
	cfg.Interrupts = interrupts.calls
	out := &output{Writer: a.out}
	cfg.Observer = observer(screen, out, o.output)
	if keys != nil {
		cfg.Ask = asker{screen, cfg.By}.ask
	}
	if len(past) == 0 {
		screen.Say("run " + h.RunID)
	}
	ctx, lose := context.WithCancelCause(context.Background())
	defer lose(nil)
	if mirrored != nil {
		if err := mirrored.claim(screen.Say); err != nil {
			return err
		}
		cfg.Observer = &watched{cfg.Observer, func() { mirrored.begin(screen, lose) }, mirrored}
	}
	teller := o.telling.begin(a, screen, h, past)
	cfg.Known = append(cfg.Known, o.telling.config.Secrets()...)
	cfg.Observer = teller.watch(cfg.Observer)
	defer func() { teller.end(interrupts.count()) }()
	dir, err := run(ctx, cfg)
	mirrored.end(screen, mirrorPatience)
	screen.Close()
	teller.screenClosed()
	if err == nil {
		a.unused(dir, cfg.Overrides, len(past))
	}
	return a.ended(dir, err, o, interrupts.count(), out, mirrored)
}

// unused says which overrides changed nothing: a slip of the pen would else be
// found out when the check stops the real recovery.
func (a *app) unused(dir string, over map[string]string, past int) {
	r, err := report.Read(dir)
	if len(over) == 0 || err != nil {
		return
	}
	for _, name := range local.Unused(over, r.Events[min(past, len(r.Events)):]) {
		fmt.Fprintf(a.err, "note: --override %s changed nothing: no check of that name failed\n", steps.ShellWord(name))
	}
}

func (a *app) config(o driveOptions) (local.Config, error) {
	reason := o.reason
	if len(o.overrides) == 0 {
		reason = "" // it says why a run is taken over
	}
	over, err := overrides(o.overrides, reason)
	return local.Config{ // Runs is set by who begins or takes up a run
		Registry: registry(), Overrides: over,
		Identify: local.Identify{Cluster: identity.Cluster, Host: identity.Host}, Survey: identity.Survey,
		Secrets: secrets(a.getenv), By: a.person(),
	}, err
}

// observer is the screen, and for -o jsonl every event on stdout as well.
func observer(s ui.Screen, out io.Writer, format string) local.Observer {
	if format != "jsonl" {
		return s
	}
	return jsonLines{s, json.NewEncoder(out)}
}

type jsonLines struct {
	ui.Screen
	enc *json.Encoder
}

func (j jsonLines) Event(ev engine.Event) {
	_ = j.enc.Encode(ev) // it must not stop a recovery; output remembers it
	j.Screen.Event(ev)
}
