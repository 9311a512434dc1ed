package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// startAttempt runs one attempt in a goroutine of its own. Its context ends at
// the attempt's deadline, when the core cancels it, and when the driver leaves.
func (d *driver) startAttempt(a engine.Attempt) {
	b := d.bindInstance(a.Node, a.Key)
	ctx, cancel := d.attemptContext(a)
	d.running[attemptKey{a.Node, a.Key, a.Attempt}] = cancel
	checkFirst := d.progress.deferred[a.Node] && !a.Attach
	who := d.awaited(d.nodes[a.Node])
	d.workers.Go(func() {
		var outputs json.RawMessage
		err := d.lateIdentities(ctx, who)
		if err == nil {
			outputs, err = d.attempt(ctx, b, a, checkFirst)
		}
		d.inputs <- d.ended(a, outputs, err)
	})
}

func (d *driver) bindInstance(id, key string) bound {
	return d.bind(d.nodes[id], key, d.progress.items[id][key])
}

func (d *driver) attemptContext(a engine.Attempt) (context.Context, context.CancelFunc) {
	if a.Deadline <= 0 {
		return context.WithCancel(d.ctx)
	}
	return context.WithTimeout(d.ctx, d.clock.until(a.Deadline))
}

func (d *driver) attempt(ctx context.Context, b bound, a engine.Attempt, checkFirst bool) (out json.RawMessage, err error) {
	defer func() {
		if p := recover(); p != nil { // one step's mistake must not end a recovery
			err = fmt.Errorf("the step's code panicked: %v", p)
		}
	}()
	step, in, done, err := d.ready(b, a)
	if err != nil {
		return nil, steps.Final(err)
	}
	defer done()
	if checkFirst {
		if err := d.lateChecks(ctx, step, in); err != nil {
			return nil, err
		}
	}
	outputs, err := step.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	return encodeOutputs(b.kind, outputs)
}

// encodeOutputs holds a kind to what it declared.
func encodeOutputs(kind steps.Kind, outputs steps.Outputs) (json.RawMessage, error) {
	for _, o := range kind.Outputs {
		if _, ok := outputs[o.Name]; !ok {
			return nil, fmt.Errorf("the kind %s gave no output %q, which it declares", kind.Type, o.Name)
		}
	}
	if len(outputs) > len(kind.Outputs) {
		return nil, fmt.Errorf("the kind %s gave %d outputs, but declares %d", kind.Type, len(outputs), len(kind.Outputs))
	}
	if len(outputs) == 0 {
		return nil, nil
	}
	return json.Marshal(outputs)
}

func (d *driver) ended(a engine.Attempt, outputs json.RawMessage, err error) engine.Ended {
	in := engine.Ended{Node: a.Node, Key: a.Key, Attempt: a.Attempt, Outputs: d.redact.json(outputs), Output: d.printed(JoinStep(a.Node, a.Key))}
	if err != nil {
		in.Err, in.Final = d.redact.text(d.people(a).Replace(err.Error())), steps.IsFinal(err)
	}
	return in
}

// people says for people what the standard library says of a context. Whether the
// context or the core is the first to see that an attempt's time is up is chance.
func (d *driver) people(a engine.Attempt) *strings.Replacer {
	if a.Deadline > 0 && d.clock.until(a.Deadline) <= 0 {
		return peopleLate
	}
	return people
}

var (
	people     = strings.NewReplacer(context.DeadlineExceeded.Error(), timeUp, context.Canceled.Error(), "it was cancelled")
	peopleLate = strings.NewReplacer(context.DeadlineExceeded.Error(), timeUp, context.Canceled.Error(), timeUp)
)

const timeUp = "its time was up"

// ready decodes the step and makes what it gets to know of the run. done
// releases it.
func (d *driver) ready(b bound, a engine.Attempt) (step steps.Step, in *steps.Run, done func(), err error) {
	if step, err = b.decode(); err != nil {
		return nil, nil, nil, err
	}
	in, done, err = d.runOf(b, a)
	return step, in, done, err
}

// runOf is ready without the step.
func (d *driver) runOf(b bound, a engine.Attempt) (in *steps.Run, done func(), err error) {
	env, err := b.env()
	if err != nil {
		return nil, nil, err
	}
	name := JoinStep(a.Node, a.Key)
	dir, err := d.stepDir(name)
	if err != nil {
		return nil, nil, err
	}
	output := &outputFile{path: filepath.Join(dir, outputName)}
	redacted := d.redact.writer(output)
	in = &steps.Run{
		RunID: d.header.RunID, StepID: name, Attempt: a.Attempt, Attach: a.Attach,
		Mode: string(d.header.Mode), Phase: string(b.Phase),
		Cluster: b.spec.Cluster, Host: b.spec.Host,
		Dir: dir, Env: env, Params: textParams(d.params), Template: b.spec.Input,
		Log:      d.logger.With("step", name, "attempt", a.Attempt),
		Output:   redacted,
		Progress: func(msg string) { d.progressed(name, d.redact.text(msg)) },
		Redactor: d.redact.either,
		Now:      func() time.Time { wall, _ := d.cfg.Clock.Now(); return wall },
	}
	return in, func() { _ = errors.Join(redacted.Flush(), output.Close()) }, nil
}

// textParams are the parameters as environment variables have them.
func textParams(params map[string]any) map[string]string {
	out := make(map[string]string, len(params))
	for name, v := range params {
		if s, ok := v.(string); ok {
			out[name] = s
			continue
		}
		raw, err := json.Marshal(v)
		if err == nil { // they came from JSON
			out[name] = string(raw)
		}
	}
	return out
}
