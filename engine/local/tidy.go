package local

import (
	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// tidy has the kinds of attempts that have ended, on disk, remove what only a
// resume would have needed.
func (d *driver) tidy(events []engine.Event) {
	for _, ev := range events {
		if ev.Kind != engine.AttemptEnded {
			continue
		}
		n := d.nodes[ev.Node]
		if n == nil {
			continue // an edited plan has it no more
		}
		tidier, ok := n.kind.New().(steps.Tidier)
		if !ok {
			continue
		}
		name := JoinStep(ev.Node, ev.Key)
		dir, err := d.stepDir(name)
		if err == nil {
			err = tidier.Tidy(&steps.Run{StepID: name, Attempt: ev.Attempt, Dir: dir})
		}
		if err != nil {
			d.logger.Warn("an attempt could not be tidied up", "step", name, "attempt", ev.Attempt, "error", err.Error())
		}
	}
}
