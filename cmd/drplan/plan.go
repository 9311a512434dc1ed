package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/all"
)

const defaultPlan = "dr-plan.yaml"

// maxRead is a little more than plans.Load accepts: it then says that it is too much.
const maxRead = 9 << 20

// registry is the step kinds of this build.
func registry() *steps.Registry { return all.Registry() }

// planArg is the PLAN argument, or the plan in the current folder.
func planArg(args []string) string {
	if len(args) == 0 {
		return defaultPlan
	}
	return args[0]
}

// readPlan reads a plan's bytes; "-" is stdin.
func (a *app) readPlan(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(io.LimitReader(a.in, maxRead))
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, cannot(fmt.Errorf("there is no file %s", path), "name a plan, or write a first one with: drplan init")
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, cannot(fmt.Errorf("%s is a folder", path), "name the plan in it: "+strings.TrimSuffix(path, "/")+"/"+defaultPlan)
	case !info.Mode().IsRegular() && !strings.HasPrefix(path, "/dev/fd/") && path != "/dev/stdin":
		return nil, cannot(fmt.Errorf("%s is not a file", path), "to read a plan from a pipe: -") // a FIFO would be waited for, for ever
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	b.Grow(int(min(max(info.Size(), 0), maxRead)) + bytes.MinRead) // and once more for the end
	_, err = b.ReadFrom(io.LimitReader(f, maxRead))
	return b.Bytes(), err
}

// loadPlan reads a plan for a command that needs a part of it. What does not hold
// elsewhere in the plan is the business of `drplan validate`: on the worst day
// it must not stand in the way.
func (a *app) loadPlan(path string) (*plans.Document, error) {
	data, err := a.readPlan(path)
	if err != nil {
		return nil, err
	}
	doc, err := plans.Load(path, data)
	if doc == nil {
		return nil, err
	}
	return doc, nil
}

// selection are the flags that choose a part of a plan.
type selection struct {
	scenario string
	mode     string
	params   []string
}

func (s *selection) flags(cmd *cobra.Command, mode string) {
	cmd.Flags().StringVarP(&s.scenario, "scenario", "s", "", "the drill, by id or name; in a recovery the procedure")
	cmd.Flags().StringVar(&s.mode, "mode", mode, "drill or recovery")
	cmd.Flags().StringArrayVarP(&s.params, "param", "p", nil, "a parameter, as name=value; may be repeated")
	complete(cmd, "scenario", completeNames)
	complete(cmd, "mode", words("drill", "recovery"))
}

// read checks the flags.
func (s *selection) read() (plans.Selection, error) {
	out := plans.Selection{Name: s.scenario, Mode: engine.Mode(s.mode), Params: map[string]string{}}
	if s.mode != "" && out.Mode != engine.ModeDrill && out.Mode != engine.ModeRecovery {
		return out, usagef("--mode is drill or recovery, not %q", s.mode)
	}
	for _, p := range s.params {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return out, usagef("--param is name=value, not %q", p)
		}
		if _, dup := out.Params[name]; dup {
			return out, usagef("--param %s is given twice", name)
		}
		out.Params[name] = value
	}
	return out, nil
}

// compileEither compiles what a name means where nothing will be run: without
// --mode it is a drill, else a procedure.
func (a *app) compileEither(path string, s selection) (*plans.Compiled, *plans.Document, error) {
	sel, err := s.read()
	if err != nil {
		return nil, nil, err
	}
	doc, err := a.loadPlan(path)
	if err != nil {
		return nil, nil, err
	}
	if sel.Mode == "" {
		sel.Mode = modeOf(doc, sel.Name)
	}
	c, err := doc.Compile(registry(), sel)
	return c, doc, err
}

// modeOf is recovery for names that only a procedure has.
func modeOf(doc *plans.Document, name string) engine.Mode {
	for _, s := range doc.Scenarios() {
		if s.ID == name || s.Name == name || s.ID == plans.Slug(name) {
			return engine.ModeDrill
		}
	}
	for _, p := range doc.Procedures() {
		if p.Name == name || plans.Slug(p.Name) == plans.Slug(name) {
			return engine.ModeRecovery
		}
	}
	return engine.ModeDrill
}

// specOf is a node's step as the plan has it.
func specOf(n engine.Node) steps.Spec {
	var s steps.Spec
	_ = json.Unmarshal(n.Spec, &s) // the compiler has just written it
	return s
}
