package stepstest

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
)

func outputs(t *testing.T, k steps.Kind, c Case) {
	got, err := Decode(t, k, c.Input(t)).Run(t.Context(), c.run(t).Run)
	if err != nil {
		t.Fatal(err)
	}
	CheckOutputs(t, k, got)
}

// CheckOutputs fails the test when the outputs are not those that the kind
// declares, in names and types.
func CheckOutputs(t testing.TB, k steps.Kind, got steps.Outputs) {
	t.Helper()
	declared := map[string]steps.OutputType{}
	for _, o := range k.Outputs {
		declared[o.Name] = o.Type
	}
	want, have := slices.Sorted(maps.Keys(declared)), slices.Sorted(maps.Keys(got))
	if !slices.Equal(want, have) {
		t.Errorf("declared are %v, returned were %v", want, have)
	}
	var plain map[string]any
	dec := json.NewDecoder(strings.NewReader(string(JSON(t, got))))
	dec.UseNumber()
	if err := dec.Decode(&plain); err != nil {
		t.Fatal(err)
	}
	for name, x := range plain {
		if typ, ok := declared[name]; ok && !fits(typ, x) {
			t.Errorf("output %s is declared as %s and is %T: %v", name, typ, x, x)
		}
	}
}

func knownOutputType(typ steps.OutputType) bool {
	return slices.Contains([]steps.OutputType{steps.String, steps.Int, steps.Number, steps.Bool, steps.Time, steps.List, steps.Map}, typ)
}

func fits(typ steps.OutputType, x any) bool {
	switch x := x.(type) {
	case string:
		_, err := time.Parse(time.RFC3339Nano, x)
		return typ == steps.String || typ == steps.Time && err == nil
	case bool:
		return typ == steps.Bool
	case json.Number:
		_, err := x.Int64()
		return typ == steps.Number || typ == steps.Int && err == nil
	case []any:
		return typ == steps.List && !slices.ContainsFunc(x, func(e any) bool { _, ok := e.(string); return !ok })
	case map[string]any:
		return typ == steps.Map
	}
	return false
}

func preflight(t *testing.T, k steps.Kind, c Case) {
	step, ok := Decode(t, k, c.Input(t)).(steps.Preflighter)
	if !ok {
		return // nothing to ask the world
	}
	run := c.run(t)
	unchanged := c.watch(t, run)
	checks := step.Preflight(t.Context(), run.Run)
	if early, ok := step.(steps.EarlyPreflighter); ok {
		checks = append(checks, early.PreflightEarly(t.Context(), run.Run)...)
	}
	unchanged()
	if len(checks) == 0 {
		t.Error("it checked nothing")
	}
	for _, ch := range checks {
		if !snakeCase.MatchString(ch.Name) {
			t.Errorf("check %q is not snake_case", ch.Name)
		}
		if ch.Err != nil && !ch.Defer {
			t.Errorf("check %s fails for a valid input: %v", ch.Name, ch.Err)
		}
	}
}

// watch returns a function that fails the test when the world has changed since.
func (c Case) watch(t *testing.T, run *Recorder) (unchanged func()) {
	world := func() string {
		if c.Fingerprint == nil {
			return listing(t, run.Dir)
		}
		return c.Fingerprint() + listing(t, run.Dir)
	}
	before := world()
	return func() {
		t.Helper()
		if after := world(); before != after {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
	}
}

func estimate(t *testing.T, k steps.Kind, c Case) {
	step, ok := Decode(t, k, c.Input(t)).(steps.Estimator)
	if !ok {
		return // nobody knows how long it takes
	}
	run := c.run(t)
	unchanged := c.watch(t, run)
	d, err := step.Estimate(t.Context(), run.Run)
	unchanged()
	if err != nil || d <= 0 {
		t.Errorf("for a valid input it estimates %s, %v", d, err)
	}
}

func preview(t *testing.T, k steps.Kind, c Case) {
	step, ok := Decode(t, k, c.Input(t)).(steps.Previewer)
	if !ok {
		return // its config says all
	}
	run := c.run(t)
	unchanged := c.watch(t, run)
	lines, err := step.Preview(t.Context(), run.Run)
	unchanged()
	if err != nil || len(lines) == 0 || strings.Contains(strings.Join(lines, ""), "\n") {
		t.Errorf("for a valid input it tells %q, %v: want lines", lines, err)
	}
}

// listing is a folder's files with sizes and times.
func listing(t *testing.T, dir string) string {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err == nil {
			fmt.Fprintln(&b, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// cancelled runs the slow input and cancels it after a while. A kind that was
// done before is no failure of it, unless it was cancelled from the start.
func cancelled(t *testing.T, k steps.Kind, c Case, after time.Duration) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if after == 0 {
		cancel()
	} else {
		time.AfterFunc(after, cancel)
	}
	err, late := c.slow(t, ctx, k)
	if late > c.Within {
		t.Errorf("it returned %s after the cancel: want at most %s", late.Round(time.Millisecond), c.Within)
	}
	if err == nil && ctx.Err() != nil {
		t.Error("it was cancelled and reports success")
	}
}

func deadline(t *testing.T, k steps.Kind, c Case) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err, late := c.slow(t, ctx, k)
	if late > c.Within {
		t.Errorf("it returned %s after its deadline: want at most %s", late.Round(time.Millisecond), c.Within)
	}
	if err == nil && ctx.Err() != nil {
		t.Error("it ran into its deadline and reports success")
	}
}

// slow runs the slow input, and tells how long after the end of ctx it returned.
func (c Case) slow(t *testing.T, ctx context.Context, k steps.Kind) (error, time.Duration) {
	step, run := Decode(t, k, c.Slow(t)), c.run(t)
	ended := make(chan time.Time, 1)
	stop := context.AfterFunc(ctx, func() { ended <- time.Now() })
	_, err := step.Run(ctx, run.Run)
	if stop() {
		return err, 0
	}
	return err, time.Since(<-ended)
}

func secrets(t *testing.T, k steps.Kind, c Case) {
	if len(c.Secrets) == 0 {
		return // it takes none
	}
	if given := string(JSON(t, c.Input(t))) + fmt.Sprint(c.Env); !strings.Contains(given, c.Secrets[0]) {
		t.Fatalf("neither Input nor Env holds the secret %q: this would prove nothing", c.Secrets[0])
	}
	whole, err := c.transcript(t, t.Context(), k, c.Input)
	if err != nil {
		t.Errorf("the valid input failed: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	cut, _ := c.transcript(t, ctx, k, c.Slow)
	for _, secret := range c.Secrets {
		if piece := leaked(whole+cut, secret); piece != "" {
			t.Errorf("%q of the secret %q shows in:\n%s", piece, secret, whole+cut)
		}
	}
}

// leaked finds a piece of a secret in a text: as it is, or as %q has it. A driver
// takes out whole secrets; of one that a kind has cut it knows nothing.
func leaked(text, secret string) string {
	const long = 8 // bytes
	size := min(long, len(secret))
	for i := range len(secret) - size + 1 {
		quoted := strconv.Quote(secret[i : i+size])
		for _, form := range []string{secret[i : i+size], quoted[1 : len(quoted)-1]} {
			if strings.Contains(text, form) {
				return form
			}
		}
	}
	return ""
}

// transcript is all that a run says, through every way it has, with the config
// as a careless programmer would print it.
func (c Case) transcript(t *testing.T, ctx context.Context, k steps.Kind, input func(*testing.T) any) (string, error) {
	step, run := Decode(t, k, input(t)), c.run(t)
	if p, ok := step.(steps.Preflighter); ok {
		for _, ch := range p.Preflight(ctx, run.Run) {
			fmt.Fprintln(run.Logged, ch.Name, ch.Err, ch.Message)
		}
	}
	if p, ok := step.(steps.Previewer); ok {
		fmt.Fprintln(run.Logged, fmt.Sprint(p.Preview(ctx, run.Run)))
	}
	out, err := step.Run(ctx, run.Run)
	fmt.Fprintf(run.Logged, "%s\n%v\n%+v\n%#v\n%s\n", JSON(t, out), err, step, step, JSON(t, step))
	return run.Logged.String() + run.Printed.String() + run.Reported.String(), err
}
