package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// startReconcile finds out what became of an attempt that was in flight when
// drplan died. Whoever can tell is asked in turn: the kind, the step's check,
// the words idempotent and in_doubt.
func (d *driver) startReconcile(a engine.Attempt) {
	b := d.bindInstance(a.Node, a.Key)
	d.workers.Go(func() {
		ctx, cancel := context.WithTimeout(d.ctx, preflightTimeout)
		defer cancel()
		r := d.reconcile(ctx, b, a)
		r.Node, r.Key, r.Attempt = a.Node, a.Key, a.Attempt
		if r.Verdict == engine.VerdictDone || r.Verdict == engine.VerdictFailed {
			r.Output = d.printed(JoinStep(a.Node, a.Key))
		}
		r.Outputs, r.Err, r.Reason = d.redact.json(r.Outputs), d.redact.text(r.Err), d.redact.text(r.Reason)
		d.inputs <- r
	})
}

func (d *driver) reconcile(ctx context.Context, b bound, a engine.Attempt) engine.Reconciled {
	step, in, done, err := d.ready(b, a)
	if err != nil {
		return engine.Reconciled{Verdict: engine.VerdictUnknown, Reason: err.Error()}
	}
	defer done()
	r := d.askKind(ctx, b, step, in, d.foreign[attemptKey{a.Node, a.Key, a.Attempt}])
	if r.Verdict == engine.VerdictUnknown && len(b.spec.Check) > 0 {
		r = d.askCheck(ctx, b, in)
	}
	if r.Verdict == engine.VerdictUnknown {
		r = b.byPolicy(r)
	}
	return r
}

func (d *driver) askKind(ctx context.Context, b bound, step steps.Step, in *steps.Run, foreign bool) engine.Reconciled {
	rec, ok := step.(steps.Reconciler)
	switch {
	case !ok && !b.kind.Mutates:
		return engine.Reconciled{Verdict: engine.VerdictRerun, Reason: "it changes nothing, so it is done again"}
	case !ok:
		return engine.Reconciled{Verdict: engine.VerdictUnknown, Reason: "nobody can tell whether it was done"}
	case foreign && b.kind.Mutates && !worldTells(b.kind, step):
		return engine.Reconciled{Verdict: engine.VerdictUnknown, Reason: "it was begun on another machine, and its record of how far it came is there"}
	}
	verdict, outputs, err := rec.Reconcile(ctx, in)
	r := engine.Reconciled{Verdict: verdicts[verdict], Reason: "the step's own record"}
	if err != nil {
		r.Err, r.Reason = err.Error(), err.Error()
	}
	switch r.Verdict {
	case "":
		r.Verdict = engine.VerdictUnknown
	case engine.VerdictDone:
		if r.Outputs, err = encodeOutputs(b.kind, outputs); err != nil {
			return engine.Reconciled{Verdict: engine.VerdictUnknown, Reason: err.Error()}
		}
	case engine.VerdictFailed:
		if r.Err == "" {
			r.Err = "it had failed"
		}
	}
	return r
}

// worldTells reports whether the step's kind can tell on another machine what
// became of it.
func worldTells(kind steps.Kind, step steps.Step) bool {
	if teller, ok := step.(steps.WorldTeller); ok {
		return teller.WorldTells()
	}
	return kind.WorldTells
}

// begunUpTo are the attempts that the events up to seq have begun.
func begunUpTo(events []engine.Event, seq int64) map[attemptKey]bool {
	begun := map[attemptKey]bool{}
	for _, ev := range events {
		if ev.Kind == engine.AttemptStarted && ev.Seq <= seq {
			begun[attemptKey{ev.Node, ev.Key, ev.Attempt}] = true
		}
	}
	return begun
}

var verdicts = map[steps.Verdict]engine.Verdict{
	steps.Done:       engine.VerdictDone,
	steps.Running:    engine.VerdictRunning,
	steps.NeverBegun: engine.VerdictRerun,
	steps.Ended:      engine.VerdictFailed,
	steps.Unknown:    engine.VerdictUnknown,
}

// askCheck runs the step's check, a command: 0 says that the effect is there, 1
// that it is not, anything else that it cannot tell.
func (d *driver) askCheck(ctx context.Context, b bound, in *steps.Run) engine.Reconciled {
	code, err := d.checkExit(ctx, b, in)
	switch {
	case err != nil:
		return engine.Reconciled{Verdict: engine.VerdictUnknown, Reason: "its check could not tell: " + err.Error()}
	case code == 0:
		return engine.Reconciled{Verdict: engine.VerdictDone, Reason: "its check found the effect"}
	}
	return engine.Reconciled{Verdict: engine.VerdictRerun, Reason: "its check did not find the effect"}
}

func (d *driver) checkExit(ctx context.Context, b bound, in *steps.Run) (int64, error) {
	kind, ok := d.cfg.Registry.Lookup("command")
	if !ok {
		return 0, fmt.Errorf("%w: a check is a command", ErrNoKind)
	}
	template, err := b.exprs.EvalTree(b.spec.Check, b.vars)
	if err != nil {
		return 0, err
	}
	input, err := kind.Normalize(template)
	if err != nil {
		return 0, err
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(input, &fields); err != nil {
		return 0, err
	}
	fields["expect_exit"] = json.RawMessage("[0,1]")
	if input, err = json.Marshal(fields); err != nil {
		return 0, err
	}
	step, err := kind.Decode(input)
	if err != nil {
		return 0, err
	}
	check := *in
	check.Attach = false
	if check.Dir, err = d.stepDir(fmt.Sprintf("%s-check-%d", in.StepID, d.clock.now().T)); err != nil {
		return 0, err
	}
	outputs, err := step.Run(ctx, &check)
	if tidier, ok := step.(steps.Tidier); ok { // it is asked anew after a crash: nothing of it is needed
		err = errors.Join(err, tidier.Tidy(&check))
	}
	if err != nil {
		return 0, err
	}
	raw, err := json.Marshal(outputs["exit_code"])
	if err != nil {
		return 0, err
	}
	var code int64
	return code, json.Unmarshal(raw, &code)
}

// byPolicy is what the plan's author said of a step of which nobody can tell.
func (b bound) byPolicy(r engine.Reconciled) engine.Reconciled {
	switch {
	case b.spec.Idempotent:
		return engine.Reconciled{Verdict: engine.VerdictRerun, Reason: "the plan says that it is idempotent"}
	case b.spec.InDoubt == "rerun":
		return engine.Reconciled{Verdict: engine.VerdictRerun, Reason: "in_doubt: rerun"}
	case b.spec.InDoubt == "fail":
		return engine.Reconciled{Verdict: engine.VerdictFailed, Err: "in doubt after a crash: " + r.Reason, Reason: "in_doubt: fail"}
	}
	return r
}
