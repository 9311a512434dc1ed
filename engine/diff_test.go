package engine

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestDifferences(t *testing.T) {
	was := Graph{Nodes: []Node{
		{ID: "same", Name: "Same", Type: "command", Phase: PhaseProcedure, Timeout: time.Minute, Spec: json.RawMessage(`{"a":1,"b":2}`)},
		{ID: "changed", Name: "Old", Type: "command", Phase: PhaseProcedure, Timeout: time.Minute, Spec: json.RawMessage(`{"a":1}`)},
		{ID: "gone", Name: "Gone", Type: "verify", Phase: PhaseChecks},
	}}
	now := Graph{Nodes: []Node{
		{ID: "same", Name: "Same", Type: "command", Phase: PhaseProcedure, Timeout: time.Minute, Spec: json.RawMessage(`{"b": 2, "a": 1}`)},
		{ID: "fresh", Name: "Fresh", Type: "timer", Phase: PhaseProcedure},
		{ID: "changed", Name: "New", Type: "command", Phase: PhaseProcedure, Needs: []string{"fresh"}, Timeout: time.Hour,
			Retry: Retry{Attempts: 3, Backoff: time.Second}, Always: true, Spec: json.RawMessage(`{"a":2}`)},
	}}
	var got []string
	for _, d := range Differences(was, now) {
		got = append(got, d.String())
	}
	want := `fresh is new: Fresh [timer]
changed has the name "New", no longer "Old"
changed has the needs [fresh], no longer []
changed has the timeout 1h0m0s, no longer 1m0s
changed has the retry of 3 attempts, back-off 1s, no longer none
changed has the flags [always], no longer []
changed does something else
gone is gone: Gone [verify]`
	if joined := strings.Join(got, "\n"); joined != want {
		t.Errorf("got\n%s\nwant\n%s", joined, want)
	}
}
