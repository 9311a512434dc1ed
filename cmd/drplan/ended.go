package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/journal"
	"github.com/drplan/drplan/journal/mirror"
	"github.com/drplan/drplan/report"
	"github.com/drplan/drplan/steps"
)

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
	r.Live, r.Told = false, nil // it is not over yet who is told
	unsigned := a.signEnded(r, o.sign, copied)
	r.Signatures = r.signatures()
	s := report.Summarize(r.Run)
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
	return &fault{code: code, err: err, hint: again}
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
	return &fault{code: code, err: fmt.Errorf("the run's report could not be written: %w", lost), hint: again}
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
