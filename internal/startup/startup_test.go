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

// Brief makes the collector come less often, unless people said how often.
func TestBrief(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	defer func(was int) { percent = was }(percent)
	percent = usual
	if Brief(); debug.SetGCPercent(usual) <= usual {
		t.Error("the collector comes as often as ever")
	}
	percent = 50
	if Brief(); debug.SetGCPercent(usual) != usual {
		t.Error("what the environment says was not kept")
	}
}
