package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// Foresight is what can be said of a step before its run.
type Foresight struct {
	Estimate   engine.Span // how long it would take, where NoEstimate is ""
	NoEstimate string      // why there is no estimate
	Preview    []string    // what it would do, a line each; nil where its kind has nothing to tell
	NoPreview  string      // why that cannot be told, where its kind could
}

// Foresee asks all steps of a graph, at one time, how long they would take and
// what they would do. It reads the world and changes nothing. Who has not answered
// when ctx is done is not waited for. Of cfg it needs Registry and Secrets.
func Foresee(ctx context.Context, cfg Config, h engine.Header) (map[string]Foresight, error) {
	d, err := beforehand(cfg, h)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := make(map[string]Foresight, len(d.nodes))
	for id, n := range d.nodes {
		wg.Go(func() {
			f := d.foreseeInTime(ctx, n)
			mu.Lock()
			defer mu.Unlock()
			seen[id] = f
		})
	}
	wg.Wait()
	return seen, nil
}

var errNoAnswer = errors.New("there was no answer in time")

// foreseeInTime does not wait for a kind that is deaf to ctx.
func (d *driver) foreseeInTime(ctx context.Context, n *node) Foresight {
	answer := make(chan Foresight, 1)
	go func() { answer <- d.foresee(ctx, n) }()
	select {
	case f := <-answer:
		return f
	case <-ctx.Done():
	}
	select { // it may have answered that time is up, and why
	case f := <-answer:
		return f
	case <-time.After(lastWord):
		return d.blank(n, errNoAnswer)
	}
}

// lastWord is how long a kind has to give up after ctx is done.
const lastWord = 100 * time.Millisecond

// foresee asks one step. A kind's mistake is its own.
func (d *driver) foresee(ctx context.Context, n *node) (f Foresight) {
	defer func() {
		if p := recover(); p != nil {
			f = d.blank(n, fmt.Errorf("the step's code panicked: %v", p))
		}
	}()
	b, err := d.bindEarly(n)
	if err != nil {
		return d.blank(n, err)
	}
	if needed, err := b.when(); err != nil {
		return d.blank(n, err)
	} else if !needed {
		return Foresight{Preview: []string{"would be skipped: its when is false"}}
	}
	if n.Wait != engine.WaitNone {
		return d.foreseeWait(b)
	}
	step, in, err := d.earlyStep(b)
	if err != nil {
		return d.blank(n, err)
	}
	return d.foretell(ctx, step, in)
}

// blank is what is said of a step that cannot be asked.
func (d *driver) blank(n *node, err error) Foresight {
	f := Foresight{NoEstimate: d.reason(err)}
	if _, ok := n.kind.New().(steps.Previewer); ok {
		f.NoPreview = f.NoEstimate
	}
	return f
}

// bindEarly is bind before there is a run: its id, its folder and its beginning
// are not known, nor what steps give.
func (d *driver) bindEarly(n *node) (bound, error) {
	if n.ForEach {
		return bound{}, errors.New("it runs for each of its items")
	}
	if refs := n.spec.Refs; len(refs) > 0 {
		return bound{}, fmt.Errorf("it reads what %s has yet to give", refs[0])
	}
	return d.bindBefore(n), nil
}

func (d *driver) bindBefore(n *node) bound {
	h := d.header
	run := map[string]any{"mode": string(h.Mode), "scenario": h.Scenario, "procedure": h.Procedure}
	return bound{node: n, exprs: d.exprs, vars: expr.Vars{Params: d.params, Run: run, Secret: d.secret}}
}

func (d *driver) foreseeWait(b bound) Foresight {
	if b.Wait == engine.WaitApproval {
		return d.blank(b.node, errors.New("nobody knows how long a person takes to agree"))
	}
	length, _, err := b.wait()
	if err != nil {
		return d.blank(b.node, err)
	}
	return Foresight{Estimate: length}
}

func (d *driver) earlyStep(b bound) (steps.Step, *steps.Run, error) {
	step, err := b.decode()
	if err != nil {
		return nil, nil, err
	}
	env, err := b.env()
	if err != nil {
		return nil, nil, err
	}
	return step, &steps.Run{
		StepID: b.ID, Attempt: 1, Mode: string(d.header.Mode), Phase: string(b.Phase), Cluster: b.spec.Cluster, Host: b.spec.Host,
		Env: env, Params: textParams(d.params), Template: b.spec.Input,
		Log: slog.New(slog.DiscardHandler), Output: io.Discard, Progress: func(string) {}, Redactor: d.redact.either, Now: time.Now,
	}, nil
}

func (d *driver) foretell(ctx context.Context, step steps.Step, in *steps.Run) (f Foresight) {
	f.NoEstimate = "nobody knows how long such a step takes"
	if e, ok := step.(steps.Estimator); ok {
		var err error
		f.Estimate, err = e.Estimate(ctx, in)
		f.NoEstimate = d.reason(err)
	}
	if p, ok := step.(steps.Previewer); ok {
		lines, err := p.Preview(ctx, in)
		f.NoPreview = d.reason(err)
		for _, line := range lines {
			f.Preview = append(f.Preview, d.redact.text(line))
		}
	}
	return f
}

func (d *driver) reason(err error) string {
	if err == nil {
		return ""
	}
	return d.redact.text(people.Replace(err.Error()))
}
