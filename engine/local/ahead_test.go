package local_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// TestPreflightLooksAhead: what a later phase will lack shows before the first one
// changes anything, and again before the disaster; not where a step may bring it.
func TestPreflightLooksAhead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(phase engine.Phase, n engine.Node) engine.Node {
		n.Phase = phase
		return n
	}
	setup := func(typ string) engine.Node { // makes the file of its name
		return in(engine.PhaseSetup, node("setup", typ, obj{"file": "FILE", "line": "setup"}))
	}
	lose := in(engine.PhaseDisaster, node("lose", "effect", obj{"file": "FILE", "line": "lose"}))
	procedure := func(typ string) engine.Node {
		return in(engine.PhaseProcedure, node("restore", typ, obj{"file": "FILE", "line": "restore"}))
	}
	wants := func(phase engine.Phase, file, lacks string, needs ...string) engine.Node {
		return in(phase, node("wary", "wary", obj{"wants": file, "lacks": lacks}, needs...))
	}
	late := in(engine.PhaseChecks, node("late", "effect", obj{"file": "LATE", "line": "late"}))
	const file, never = "FILE", "NEVER"
	for name, c := range map[string]struct {
		nodes []engine.Node
		want  engine.Result
		ran   []string
	}{
		"the cleanup lacks what nobody brings":        {[]engine.Node{setup("bringing"), lose, wants(engine.PhaseCleanup, never, "")}, engine.ResultRefused, nil},
		"and what no step before it brings":           {[]engine.Node{setup("effect"), lose, wants(engine.PhaseCleanup, never, "file")}, engine.ResultRefused, nil},
		"the setup brings it":                         {[]engine.Node{setup("bringing"), lose, wants(engine.PhaseCleanup, file, "file")}, engine.ResultSucceeded, []string{"setup", "lose"}},
		"the setup might have":                        {[]engine.Node{setup("bringing"), lose, wants(engine.PhaseCleanup, never, "file")}, engine.ResultFailed, []string{"setup"}},
		"a disaster is not put off":                   {[]engine.Node{setup("bringing"), wants(engine.PhaseDisaster, never, "api_server")}, engine.ResultFailed, []string{"setup"}},
		"the disaster brings nothing":                 {[]engine.Node{in(engine.PhaseDisaster, setup("bringing")), wants(engine.PhaseProcedure, file, "file")}, engine.ResultRefused, nil},
		"the first phase lacks an API server":         {[]engine.Node{wants(engine.PhaseSetup, never, "api_server"), lose}, engine.ResultRefused, nil},
		"and a step after it would bring one":         {[]engine.Node{wants(engine.PhaseSetup, file, "api_server"), in(engine.PhaseSetup, node("setup", "bringing", obj{"file": "FILE"}, "wary"))}, engine.ResultRefused, nil},
		"a step before it brings one":                 {[]engine.Node{setup("bringing"), wants(engine.PhaseSetup, file, "api_server", "setup"), lose}, engine.ResultSucceeded, []string{"setup", "lose"}},
		"what was restored is still coming up":        {[]engine.Node{lose, procedure("bringing"), late, wants(engine.PhaseChecks, "LATE", "api_server", "late")}, engine.ResultSucceeded, []string{"lose", "restore"}},
		"the first phase of a recovery looks on, too": {[]engine.Node{procedure("effect"), wants(engine.PhaseChecks, never, "")}, engine.ResultRefused, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := filepath.Join(dir, strings.ReplaceAll(name, " ", "_"))
			place := strings.NewReplacer("FILE", at, "LATE", at+".late", "NEVER", at+".never")
			nodes := slices.Clone(c.nodes)
			for i := range nodes {
				nodes[i].Spec = []byte(place.Replace(string(nodes[i].Spec)))
			}
			_, events := run(t, config(t.TempDir()), header("r", nodes...))
			if got := last(t, events).Result; got != c.want {
				t.Errorf("the run ended %s, want %s", got, c.want)
			}
			if ran := lines(t, at); !slices.Equal(c.ran, ran) {
				t.Errorf("%q ran, want %q", ran, c.ran)
			}
		})
	}
}

// TestSecretOfTheCleanup: a secret that is not there shows before anything needs it.
func TestSecretOfTheCleanup(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]engine.Result{"effect": engine.ResultRefused, "bringing": engine.ResultFailed} {
		file := filepath.Join(t.TempDir(), "effects")
		cfg := config(t.TempDir())
		cfg.Secrets = func(string) (string, error) { return "", errors.New("it is not set") }
		tidy := with(node("tidy", "leaky", obj{}), steps.Spec{}, obj{"token": "${secret.token}"})
		tidy.Phase = engine.PhaseCleanup
		first := node("first", typ, obj{"file": file})
		_, events := run(t, cfg, header("r", first, tidy))
		if got := last(t, events).Result; got != want {
			t.Errorf("%s: the run ended %s, want %s", typ, got, want)
		}
		if began := len(lines(t, file)) > 0; began != (want == engine.ResultFailed) {
			t.Errorf("%s: the first step ran: %v", typ, began)
		}
	}
}

// TestRefusalsInOneLine: what several checks say just before a step is one line.
func TestRefusalsInOneLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	brings := node("brings", "bringing", obj{"file": filepath.Join(dir, "file")})
	_, events := run(t, config(t.TempDir()), header("r", brings, node("wary", "wary", obj{"wants": filepath.Join(dir, "never"), "lacks": "file", "twice": true}, "brings")))
	const want = "preflight wanted: it is missing; preflight wanted: it is missing"
	if !slices.ContainsFunc(events, func(e engine.Event) bool { return e.Kind == engine.AttemptEnded && e.Error == want }) {
		t.Errorf("no attempt ended with %q", want)
	}
}
