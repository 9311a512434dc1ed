package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/gitref"
	"github.com/drplan/drplan/plans"
)

// newHeader is everything that is decided before the run begins.
func (a *app) newHeader(doc *plans.Document, c *plans.Compiled, mode engine.Mode, o runOptions) (engine.Header, error) {
	now := time.Now()
	at, err := outage(o.disasterAt, now)
	if err != nil {
		return engine.Header{}, err
	}
	params, err := json.Marshal(c.Params)
	if err != nil {
		return engine.Header{}, err
	}
	dir, err := filepath.Abs(o.dir) // "" is the working directory
	if err != nil {
		return engine.Header{}, err
	}
	host, _ := os.Hostname() // a run without a host's name is still a run
	return engine.Header{
		Format: engine.Format, Tool: toolVersion(), RunID: newRunID(c.Scenario, now), Started: now.UTC().Round(0),
		Host: host, User: whoami(a.getenv), Dir: dir,
		Plan:     planRef(doc),
		Scenario: c.Scenario, Title: c.Title, Why: c.Why, Procedure: c.Procedure, Mode: mode,
		Params: params, Objective: c.Objective, Graph: c.Graph,
		Options: engine.Options{SimulateWaits: o.simulateWaits, KeepOnFailure: o.keep, DisasterAt: at},
	}, nil
}

func planRef(doc *plans.Document) engine.PlanRef {
	return engine.PlanRef{Path: doc.Path, Version: doc.Plan.Version.Value, SHA256: doc.SHA256}
}

// sourced adds from which commit the plan comes, where it lies in a git work tree.
func sourced(p engine.PlanRef) engine.PlanRef {
	if at, ok := gitref.Of(context.Background(), p.Path); ok {
		p.Source = &engine.Source{Commit: at.Commit, Path: at.Path, Dirty: at.Dirty}
	}
	return p
}

// maxNameInID bounds the part of a run's id that people chose, so that the
// whole stays a folder's name.
const maxNameInID = 60

// newRunID is sortable by time, says what it is, and tells two of one second apart.
func newRunID(scenario string, now time.Time) string {
	name := plans.Slug(scenario)
	if name == "" {
		name = "run"
	}
	name = strings.Trim(name[:min(len(name), maxNameInID)], "_")
	var nonce [3]byte
	_, _ = rand.Read(nonce[:]) // never fails, says its documentation
	tail := strings.ToLower(base32.StdEncoding.EncodeToString(nonce[:]))[:4]
	return now.UTC().Format("20060102T150405Z") + "-" + name + "-" + tail
}
