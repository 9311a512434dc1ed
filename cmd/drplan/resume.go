package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/plans"
)

// resume goes on with a run: one that crashed, was interrupted, stopped in doubt,
// or failed.
func (a *app) resume(args []string, o runOptions) error {
	r, err := a.findOrFetch(o.driveOptions, o.resume)
	if err != nil {
		return err
	}
	if r.view.Run().Result == engine.ResultSucceeded {
		return toFault(fmt.Errorf("run %s: %w", r.id, local.ErrEnded))
	}
	how := local.Reopening{Reason: "resumed"}
	if len(args) > 0 {
		if how.Change, err = a.planChange(r, args[0], o.acceptPlanChange); err != nil {
			return err
		}
	}
	return a.takeUp(r, o.driveOptions, how)
}

// findOrFetch finds a run here, else in the mirror.
func (a *app) findOrFetch(o driveOptions, asked string) (*run, error) {
	r, err := findHere(o.runs, asked)
	var unknown *noRunError
	if !errors.As(err, &unknown) || cmp.Or(o.mirror.address, a.getenv("DRPLAN_MIRROR")) == "" {
		return r, err
	}
	if asked, err = a.fetch(o, asked); err != nil {
		return nil, err
	}
	return findHere(o.runs, asked)
}

// planChange compares the plan with the one that the run follows. An edited one
// is taken only where a person said so.
func (a *app) planChange(r *run, path string, accept bool) (*engine.ChangePlan, error) {
	doc, err := a.loadPlan(path)
	if err != nil {
		return nil, err
	}
	if doc.SHA256 == r.view.Plan().SHA256 {
		return nil, nil
	}
	if !accept {
		return nil, usage(fmt.Errorf("%s is not the plan that run %s follows", path, r.id),
			"leave PLAN out to go on with that one, or add --accept-plan-change to go on with the edited one")
	}
	params, err := recordedParams(r.Header.Params)
	if err != nil {
		return nil, err
	}
	name := r.Header.Scenario
	c, err := doc.Compile(registry(), plans.Selection{Name: name, Mode: r.Header.Mode, Params: params})
	if err != nil {
		return nil, err
	}
	if len(c.NotRunnable) > 0 {
		return nil, cannot(c.NotRunnable, "the edited plan cannot be run as it is: nothing was started")
	}
	if err := keepPlan(r.dir, doc); err != nil {
		return nil, err
	}
	return &engine.ChangePlan{Graph: c.Graph, Plan: sourced(planRef(doc)), By: a.person()}, nil
}

// keepPlan keeps an edited plan's bytes beside those that the run began with, so
// that the digest in its journal can be checked.
func keepPlan(dir string, doc *plans.Document) error {
	name := filepath.Join(dir, "plan-"+doc.SHA256[:12]+".yaml")
	return os.WriteFile(name, doc.Bytes, 0o600)
}

// recordedParams turns a run's parameters into what --param would have said.
func recordedParams(raw json.RawMessage) (map[string]string, error) {
	out := map[string]string{}
	if len(raw) == 0 {
		return out, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, errors.Join(errors.New("the run's parameters cannot be read"), err)
	}
	for name, v := range values {
		var text string
		if json.Unmarshal(v, &text) != nil {
			text = string(v) // a number, a boolean, a list: the same in JSON as after --param
		}
		out[name] = text
	}
	return out, nil
}
