package local

import (
	"context"
	"errors"

	"github.com/drplan/drplan/engine"
)

// ask puts a person's wait to whoever is at the keyboard. Without one the
// answer comes through the inbox.
func (d *driver) ask(a engine.Attempt) {
	if d.cfg.Ask == nil {
		return
	}
	q := Question{Step: JoinStep(a.Node, a.Key), Wait: d.nodes[a.Node].Wait, Prompt: a.Prompt}
	d.workers.Go(func() {
		answer, err := d.cfg.Ask(d.ctx, q)
		switch {
		case errors.Is(err, context.Canceled):
		case err != nil:
			d.inputs <- engine.Note{Node: a.Node, Reason: "the question could not be asked here: " + err.Error()}
		default:
			d.inputs <- engine.Answered{Node: a.Node, Key: a.Key, OK: answer.OK, By: answer.By, Reason: answer.Reason}
		}
	})
}
