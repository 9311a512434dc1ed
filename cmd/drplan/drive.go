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
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/journal/mirror"
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

	verdict func(*run, *report.Summary) int // the exit code; nil: what the run deserves
}

func (o *driveOptions) flags(cmd *cobra.Command) {
	runsFlag(cmd, &o.runs)
	o.mirror.flags(cmd)
	o.sign.flags(cmd)
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
	runs := runsFolder(o.runs) // before the folder is another
	o.runs = absoluteIfGiven(o.runs)
	if err := enter(h, o.dir); err != nil {
		return err
	}
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
	dir, err := run(ctx, cfg)
	mirrored.end(screen, mirrorPatience)
	screen.Close()
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
	return local.Config{
		Registry: registry(), Runs: runsFolder(o.runs), Overrides: over,
		Identify: local.Identify{Cluster: identity.Cluster, Host: identity.Host},
		Secrets:  secrets(a.getenv), By: a.person(),
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

// ended reports a run that the driver has let go of.
func (a *app) ended(dir string, driveErr error, o driveOptions, interrupted int, out *output, copied *copying) error {
	var unmade *journal.CreateError
	switch {
	case errors.As(driveErr, &unmade):
		return cannot(driveErr, "nothing was started; choose another folder with --runs or $DRPLAN_RUNS, or make room there")
	case dir == "" || driveErr != nil && !begun(dir):
		return driveErr
	}
	r, err := findRun("", dirArg(dir))
	if err != nil {
		return errors.Join(driveErr, err)
	}
	switch {
	case errors.Is(driveErr, journal.ErrLocked) || errors.Is(driveErr, local.ErrEnded):
		return driveErr
	case errors.Is(driveErr, mirror.ErrLost):
		return cannot(driveErr, "the run goes on from its mirror; this folder is left as it was")
	case driveErr != nil:
		return cannot(driveErr, a.afterwards(r, o))
	}
	r.Live = false
	s := report.Summarize(r.Run)
	unsigned := a.signEnded(r, o.sign, copied)
	_ = a.summary(out, s, o) // out remembers it
	code := s.ExitCode(o.requireMeasured)
	if o.verdict != nil {
		code = o.verdict(r, s)
	}
	if interrupted > 0 && code != exitGood {
		code = exitInterrupted
	}
	hint := a.afterwards(r, o)
	if lost := out.lost(); lost != nil {
		return reportLost(lost, code, hint, r, o)
	}
	if unsigned != nil {
		return notSigned(unsigned, code, hint, r, o)
	}
	if code == exitGood {
		return nil
	}
	return &fault{code: code, hint: hint}
}

// notSigned keeps the code of a run that was not good; one that was good has still
// not left the evidence that it was to leave.
func notSigned(err error, code int, hint string, r *run, o driveOptions) error {
	again := "the journal is whole; sign it with:\n  drplan runs sign " + r.id + runsArg(o.runs)
	if hint != "" {
		again += "\n" + hint
	}
	if code == exitGood {
		code = exitCannot
	}
	return &fault{code, err, again}
}

// reportLost keeps the code of a run that was not good; one that was good has
// still not done all that it was to do.
func reportLost(lost error, code int, hint string, r *run, o driveOptions) error {
	again := "the journal has it all:\n  drplan report " + r.id + runsArg(o.runs)
	if hint != "" {
		again += "\n" + hint
	}
	what := "run"
	if o.verdict != nil {
		what = "cleanup"
	}
	if code == exitGood {
		return cannot(fmt.Errorf("the %s succeeded, its report could not be written: %w", what, lost), again)
	}
	return &fault{code, fmt.Errorf("the run's report could not be written: %w", lost), again}
}

// dirArg makes a folder's name one that findRun takes for a folder.
func dirArg(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return "." + string(filepath.Separator) + dir
}

func (a *app) summary(w io.Writer, s *report.Summary, o driveOptions) error {
	switch o.output {
	case "json":
		return report.JSON(w, s)
	case "jsonl":
		return nil
	}
	return report.Terminal(w, s, a.terminalOptions(true))
}

// afterwards says what to type next: settle what is in doubt, then resume.
func (a *app) afterwards(r *run, o driveOptions) string {
	var hint string
	for _, s := range r.open() {
		if s.status == engine.StatusInDoubt {
			hint += fmt.Sprintf("say what became of %s:\n  drplan settle %s %s done|failed|rerun --reason \"…\"%s\n", s.step, r.id, steps.ShellWord(s.step), runsArg(o.runs))
		}
	}
	switch run := r.view.Run(); {
	case run.Status != engine.StatusEnded:
		return hint + "go on with:\n  " + r.resumeCommand(o.runs)
	case r.keepsCleanup():
		return "what the drill left is still there; look at it, then:\n  drplan cleanup " + r.id + runsArg(o.runs)
	case run.Result == engine.ResultCancelled && r.view.GoesOn() == nil:
		return "go on with:\n  " + r.resumeCommand(o.runs)
	}
	return ""
}

func runsArg(dir string) string {
	if dir == "" {
		return ""
	}
	return " --runs " + steps.ShellWord(absolute(dir))
}

// keepsCleanup reports whether a cleanup is due that was not run.
func (r *run) keepsCleanup() bool {
	setup, cleanup := r.view.Phase(engine.PhaseSetup), r.view.Phase(engine.PhaseCleanup)
	return r.Header.Options.KeepOnFailure && cleanup.Nodes > 0 && cleanup.Status == engine.StatusPending && setup.Status != engine.StatusPending
}

// begun reports whether there is a run to speak of: without one, what went
// wrong is all there is to say.
func begun(dir string) bool {
	_, err := report.Read(dir)
	return err == nil
}
