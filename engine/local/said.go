package local

import "time"

// glance is how often the driver looks for a step that waits.
const glance = time.Second

// progressed passes on what a step says of how far it is.
func (d *driver) progressed(step, message string) {
	d.pace.Note(step, message, time.Now())
	d.cfg.Observer.Progress(step, message)
}

// logProgress writes to the run's log what steps wait for, where that takes a while,
// until the driver leaves.
func (d *driver) logProgress() {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			for _, line := range d.pace.Due(now) {
				d.logger.Info("goes on", "step", line.Step, "progress", line.Message)
			}
		case <-d.ctx.Done():
			return
		}
	}
}
