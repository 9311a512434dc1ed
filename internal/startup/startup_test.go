package startup

import (
	"runtime/debug"
	"testing"
)

// The collector is off until Done, and then as it was.
func TestDone(t *testing.T) {
	if got := debug.SetGCPercent(-1); got != -1 {
		t.Errorf("before Done the collector's target is %d %%, want it off", got)
	}
	Done()
	if got := debug.SetGCPercent(percent); got != percent || got <= 0 {
		t.Errorf("after Done the collector's target is %d %%, want %d", got, percent)
	}
}
