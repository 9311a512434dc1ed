package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestDamagedHistory: a history that lacks an event, or has one twice, is
// refused or goes on to some end; the machine neither panics nor spins. (The
// journal's own checks keep such a history from getting here.)
func TestDamagedHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRun(t, false)
		d.drive()
		at := rapid.IntRange(0, len(d.events)-1).Draw(t, "at")
		events := slices.Delete(slices.Clone(d.events), at, at+1)
		if rapid.Bool().Draw(t, "twice") {
			events = slices.Insert(slices.Clone(d.events), at, d.events[at])
		}
		events = events[:rapid.IntRange(0, len(events)).Draw(t, "crash")]
		for i := range events {
			events[i].Seq = int64(i + 1)
		}
		m, err := Replay(d.header, events)
		if err != nil {
			return
		}
		if err := m.Step(Stamp{T: m.now.T}, Resume{}); err == nil {
			m.Ready()
		}
	})
}
