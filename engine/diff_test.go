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

// TestOneKnowledge: of every change to a step, but that of its Spec under another
// type, people are told; and the digest is another exactly where what must stay is.
func TestOneKnowledge(t *testing.T) {
	base := Node{ID: "a", Name: "A", Type: "command", Phase: PhaseProcedure, Timeout: time.Minute, Spec: json.RawMessage(`{"n":12345678901234567890,"b":[1,2]}`)}
	for what, c := range map[string]struct {
		edit  func(*Node)
		told  bool
		stays bool
	}{
		"nothing":      {func(*Node) {}, false, true},
		"order":        {func(n *Node) { n.Spec = json.RawMessage(`{"b": [1, 2], "n": 12345678901234567890}`) }, false, true},
		"last digit":   {func(n *Node) { n.Spec = json.RawMessage(`{"n":12345678901234567891,"b":[1,2]}`) }, true, false},
		"spec":         {func(n *Node) { n.Spec = json.RawMessage(`{"b":[2,1]}`) }, true, false},
		"no JSON":      {func(n *Node) { n.Spec = json.RawMessage(`nonsense`) }, true, false},
		"type":         {func(n *Node) { n.Type = "verify" }, true, false},
		"wait":         {func(n *Node) { n.Wait = WaitTimer }, true, false},
		"phase":        {func(n *Node) { n.Phase = PhaseChecks }, true, false},
		"for_each":     {func(n *Node) { n.ForEach = true }, true, false},
		"name":         {func(n *Node) { n.Name = "B" }, true, true},
		"needs":        {func(n *Node) { n.Needs = []string{"x"} }, true, true},
		"timeout":      {func(n *Node) { n.Timeout = time.Hour }, true, true},
		"retry":        {func(n *Node) { n.Retry.Attempts = 2 }, true, true},
		"max_parallel": {func(n *Node) { n.MaxParallel = 2 }, true, true},
		"always":       {func(n *Node) { n.Always = true }, true, true},
		"tolerated":    {func(n *Node) { n.ContinueOnError = true }, true, true},
	} {
		now := base
		c.edit(&now)
		told := Differences(Graph{Nodes: []Node{base}}, Graph{Nodes: []Node{now}})
		if (len(told) == 1) != c.told || len(told) > 1 {
			t.Errorf("%s: told %v", what, told)
		}
		if (now.Digest() == base.Digest()) != c.stays {
			t.Errorf("%s: the digest stays: %v, want %v", what, !c.stays, c.stays)
		}
	}
}
