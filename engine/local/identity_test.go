package local_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/steps"
)

// asked counts how often each target was asked who it is; those in wrong are
// others than the plan pins.
type asked struct {
	mu    sync.Mutex
	times map[string]int
	wrong map[string]bool
	yet   map[string]int // how often nothing leads to it yet
}

func (a *asked) ask(name string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.times == nil {
		a.times = map[string]int{}
	}
	a.times[name]++
	if a.times[name] <= a.yet[name] {
		return "", fmt.Errorf("no kubeconfig: %w", steps.ErrNoTarget)
	}
	if a.wrong[name] {
		return "", errors.New("this is another one")
	}
	return "the id of " + name, nil
}

func (a *asked) identify() local.Identify {
	return local.Identify{
		Cluster: func(_ context.Context, c steps.Cluster) (string, error) { return a.ask(c.Name) },
		Host:    func(_ context.Context, h steps.Host) (string, error) { return a.ask(h.Name) },
	}
}

// onTargets is a step that touches the cluster c and the host h, both pinned.
func onTargets(id, file string) engine.Node {
	spec := steps.Spec{Cluster: &steps.Cluster{Name: "c", UID: "1"}, Host: &steps.Host{Name: "h", MachineID: "2"}}
	return with(node(id, "effect", obj{}), spec, obj{"file": file})
}

// TestIdentityOnce: what has been proven may be down by the time that a later
// phase begins, and is not asked again, also not by a resume.
func TestIdentityOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "effects")
	who := &asked{}
	cfg := config(t.TempDir())
	cfg.Identify = who.identify()
	_, events := run(t, cfg, header("r",
		in(engine.PhaseSetup, onTargets("first", file)),
		in(engine.PhaseSetup, onTargets("second", file)),
		in(engine.PhaseDisaster, onTargets("third", file))))
	if got := last(t, events).Result; got != engine.ResultSucceeded {
		t.Fatalf("the run ended %s", got)
	}
	if who.times["c"] != 1 || who.times["h"] != 1 {
		t.Errorf("asked %v times, want once each", who.times)
	}
	found := map[string]string{}
	for _, ev := range events {
		for _, c := range ev.Checks {
			found[c.Name] = c.Message
		}
	}
	if found["cluster_identity"] != "the cluster c: the id of c" || found["host_identity"] != "the host h: the id of h" {
		t.Errorf("the journal says %v", found)
	}
}

// TestIdentityRefused: another cluster than the plan's begins nothing. A
// recovery yields to a person's word, a drill does not.
func TestIdentityRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode engine.Mode
		over map[string]string
		want engine.Result
	}{
		"a drill":                  {engine.ModeDrill, nil, engine.ResultRefused},
		"a drill, overridden":      {engine.ModeDrill, map[string]string{"cluster_identity": "x"}, engine.ResultRefused},
		"a recovery":               {engine.ModeRecovery, nil, engine.ResultRefused},
		"a recovery, overridden":   {engine.ModeRecovery, map[string]string{"cluster_identity": "x"}, engine.ResultSucceeded},
		"another check's override": {engine.ModeRecovery, map[string]string{"host_identity": "x"}, engine.ResultRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "effects")
			who := &asked{wrong: map[string]bool{"c": true}}
			cfg := config(t.TempDir())
			cfg.Identify, cfg.Overrides = who.identify(), c.over
			h := header("r", onTargets("only", file))
			h.Mode = c.mode
			_, events := run(t, cfg, h)
			if got := last(t, events).Result; got != c.want {
				t.Errorf("the run ended %s, want %s", got, c.want)
			}
			if began := len(lines(t, file)) > 0; began != (c.want == engine.ResultSucceeded) {
				t.Errorf("the step ran: %v", began)
			}
		})
	}
}

// TestIdentityOfWhatTheRunBrings: a recovery begins on a machine without a
// kubeconfig, which a step of its own brings back. Every step that touches the
// cluster then is held back where it is another.
func TestIdentityOfWhatTheRunBrings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode  engine.Mode
		wrong bool
		over  map[string]string
		want  engine.Result
		ran   int
	}{
		"the right one":       {engine.ModeRecovery, false, nil, engine.ResultSucceeded, 3},
		"another":             {engine.ModeRecovery, true, nil, engine.ResultFailed, 1},
		"another, overridden": {engine.ModeRecovery, true, map[string]string{"cluster_identity": "x"}, engine.ResultSucceeded, 3},
		"a drill":             {engine.ModeDrill, false, nil, engine.ResultRefused, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "effects")
			who := &asked{yet: map[string]int{"c": 1}, wrong: map[string]bool{"c": c.wrong}}
			cfg := config(t.TempDir())
			cfg.Identify, cfg.Overrides = who.identify(), c.over
			brings := with(node("brings", "bringing", obj{}), steps.Spec{}, obj{"file": file})
			first, second := onTargets("first", file), onTargets("second", file)
			first.Needs, second.Needs = []string{"brings"}, []string{"first"}
			h := header("r", brings, first, second)
			h.Mode = c.mode
			_, events := run(t, cfg, h)
			if got := last(t, events).Result; got != c.want {
				t.Errorf("the run ended %s, want %s", got, c.want)
			}
			if ran := len(lines(t, file)); ran != c.ran {
				t.Errorf("%d steps ran, want %d", ran, c.ran)
			}
		})
	}
}
