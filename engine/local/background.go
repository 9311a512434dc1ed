package local

import (
	"context"
	"sync"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// background is what goes on beside the steps of a phase until the phase ends:
// a canary's heartbeat.
type background struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	mu     sync.Mutex
	failed []engine.Note
}

// followBackgrounds starts what a step that has just succeeded leaves running,
// and ends it with its phase, before anything of the next phase starts.
func (d *driver) followBackgrounds(events []engine.Event) {
	for _, ev := range events {
		switch {
		case ev.Kind == engine.StepEnded && ev.Outcome == engine.Succeeded && !ev.Whole:
			d.startBackground(ev.Node, ev.Key, ev.Attempt)
		case ev.Kind == engine.PhaseEnded:
			d.stopBackgrounds(ev.Phase)
		case ev.Kind == engine.RunEnded, ev.Kind == engine.RunStopped:
			for phase := range d.backgrounds {
				d.stopBackgrounds(phase)
			}
		}
	}
}

// takeUpBackgrounds starts again what the former process had running.
func (d *driver) takeUpBackgrounds() {
	for _, n := range d.header.Graph.Nodes {
		if n.Phase == d.progress.phase && !n.ForEach && d.progress.outcomes[n.ID] == engine.Succeeded {
			d.startBackground(n.ID, "", 0)
		}
	}
}

func (d *driver) startBackground(id, key string, attempt int) {
	n := d.nodes[id]
	if _, ok := n.kind.New().(steps.Backgrounder); !ok {
		return
	}
	b := d.bindInstance(id, key)
	outputs, _ := decodeValue(d.progress.outputs[id]) // none, where the kind declares none
	values, _ := outputs.(map[string]any)
	bg := d.backgroundOf(n.Phase)
	bg.wg.Go(func() { bg.run(d, b, engine.Attempt{Node: id, Key: key, Attempt: attempt}, values) })
}

func (d *driver) backgroundOf(phase engine.Phase) *background {
	bg := d.backgrounds[phase]
	if bg == nil {
		bg = &background{}
		bg.ctx, bg.cancel = context.WithCancel(d.ctx)
		d.backgrounds[phase] = bg
	}
	return bg
}

func (bg *background) run(d *driver, b bound, a engine.Attempt, outputs steps.Outputs) {
	step, in, done, err := d.ready(b, a)
	if err == nil {
		defer done()
		err = step.(steps.Backgrounder).Background(bg.ctx, in, outputs)
	}
	if err == nil || bg.ctx.Err() != nil {
		return
	}
	bg.mu.Lock()
	defer bg.mu.Unlock()
	bg.failed = append(bg.failed, engine.Note{Node: a.Node, Reason: "what it left running failed: " + err.Error()})
}

func (d *driver) stopBackgrounds(phase engine.Phase) {
	bg := d.backgrounds[phase]
	if bg == nil {
		return
	}
	delete(d.backgrounds, phase)
	bg.cancel()
	bg.wg.Wait()
	for _, n := range bg.failed {
		d.note(n.Node, n.Reason)
	}
}
