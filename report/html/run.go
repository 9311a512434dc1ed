package html

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/draw"
	"github.com/drplan/drplan/report"
)

// RunReport is what a page about one run is made of.
type RunReport struct {
	Summary *report.Summary

	// Changes is how the plan is another than in the drill before; nil where no
	// earlier drill is known.
	Changes *report.Changes
}

// Write writes the page.
func (r RunReport) Write(w io.Writer) error {
	p, err := newRunPage(r)
	if err != nil {
		return err
	}
	return write(w, "run.tmpl", p.S.Headline()+": "+p.S.Name(), p)
}

// runPage is what run.tmpl is given.
type runPage struct {
	RunReport
	S         *report.Summary
	Good      bool // the run did what it should
	Figures   []figure
	Split     *bar
	Gantt     *gantt
	Graph     template.HTML
	NoGraph   string // why there is none
	Path      []report.Step
	Phases    []phase
	Criteria  []criterion
	Deviation []deviation
	Cleanup   []report.Step
	Backups   []backup
	Versions  []versionFact
	Standards []standard
	Sections  []section
}

func newRunPage(r RunReport) (*runPage, error) {
	s := r.Summary
	p := &runPage{RunReport: r, S: s, Good: s.ExitCode(false) == 0, Figures: figures(s), Gantt: newGantt(s),
		Phases: phasesOf(s), Criteria: criteriaOf(s), Deviation: deviations(s), Backups: backups(s), Versions: versions(s), Standards: runStandards, Sections: runSections}
	if s.RTO.Split != nil {
		p.Split = splitBar(*s.RTO.Split)
	}
	byID := map[string]report.Step{}
	for _, step := range s.Steps {
		byID[step.ID] = step
		if step.Phase == string(engine.PhaseCleanup) {
			p.Cleanup = append(p.Cleanup, step)
		}
	}
	for _, id := range s.CriticalPath {
		p.Path = append(p.Path, byID[id])
	}
	return p, p.drawGraph()
}

func (p *runPage) drawGraph() error {
	at, state := map[string]engine.Interval{}, map[string]string{}
	for _, step := range p.S.Steps {
		if span, begun := step.Interval(); begun {
			at[step.ID] = span
		}
		if step.Status != string(engine.Succeeded) {
			state[step.ID] = report.StatusWord(step.Status)
		}
	}
	picture := draw.Measured(p.S.Graph(), at, p.S.CriticalPath)
	picture.Title, picture.State = "The steps of "+p.S.Name()+" and what each needs", state
	var b bytes.Buffer
	err := picture.Inline(&b, "steps-")
	if errors.Is(err, draw.ErrTooLarge) {
		p.NoGraph, err = err.Error(), nil
	}
	p.Graph = template.HTML(b.String()) //nolint:gosec // package draw escapes every text
	return err
}

// NoFailure is what stands under What failed where no step has.
func (p *runPage) NoFailure() string {
	switch missed := func(met *bool) bool { return met != nil && !*met }; {
	case missed(p.S.RTO.Met) || missed(p.S.RPO.Met):
		return "No step has failed, but an objective was missed: see above."
	case p.Good:
		return "Nothing."
	}
	return "No step has failed. The run itself is " + report.StatusWord(string(p.S.Result)) + "."
}

// section is an entry of the table of contents.
type section struct{ ID, Title string }

var runSections = []section{{"identity", "Identity and scope"}, {"objectives", "Objectives and criteria"}, {"measures", "How it was measured"},
	{"failures", "What failed"}, {"timeline", "Timeline"}, {"path", "Critical path, what-if"}, {"graph", "Steps and needs"}, {"chronology", "Chronology"},
	{"deviations", "Deviations and notes"}, {"people", "People and approvals"}, {"cleanup", "Cleanup"}, {"environment", "Environment"},
	{"changes", "Changes since last drill"}, {"findings", "Findings"}, {"evidence", "Evidence"}, {"standards", "Standards"}, {"signoff", "Sign-off"}}

// Params are the run's parameters.
func (p *runPage) Params() []report.Fact {
	return report.Step{Outputs: p.S.Params}.Facts()
}

// Scope says what the run was about, in numbers.
func (p *runPage) Scope() string {
	var phases []string
	mutating := 0
	for _, ph := range p.Phases {
		phases = append(phases, noun(len(ph.Steps), "step")+" of "+ph.Name)
		for _, s := range ph.Steps {
			if s.Mutates {
				mutating++
			}
		}
	}
	if len(phases) == 0 {
		return "–"
	}
	text := strings.Join(phases, ", ")
	if mutating > 0 {
		text += fmt.Sprintf("; %d of them can change something", mutating)
	}
	return text
}

// Sources are the data that were restored.
func (p *runPage) Sources() string {
	var names []string
	for _, b := range p.Backups {
		if !slices.Contains(names, b.Source) {
			names = append(names, b.Source)
		}
	}
	return strings.Join(names, ", ")
}

// WouldMeet reports whether a step that is faster turns a miss into a target that
// is met.
func (p *runPage) WouldMeet(w report.WhatIf) bool {
	rto := p.S.RTO
	return rto.Met != nil && !*rto.Met && w.RTO.Duration <= rto.Target.Duration
}

// Scheduled reports whether the RPO was measured on a backup that was there
// without this run.
func (p *runPage) Scheduled() bool {
	return p.S.RPO.Basis != nil && *p.S.RPO.Basis == report.BasisScheduled
}

// SignOff lists who signs.
func (p *runPage) SignOff() []string { return []string{"Ran by", "Reviewed by"} }

// row is a step in the chronology.
type row struct {
	Step              report.Step
	Start, End        string
	Tone, Kind        string // Kind: what the filter knows it by
	Know, SpansInText []string
}

// Row makes a step's row.
func (p *runPage) Row(st report.Step) row {
	r := row{Step: st, Start: p.S.Clock(st.StartedAt), End: p.S.Clock(st.FinishedAt), Tone: toneOf(st), Know: p.Know(st), SpansInText: p.Spans(st)}
	if st.OnCriticalPath && st.Key == "" {
		r.Kind = "critical"
	}
	if st.Status != string(engine.Succeeded) || st.Degraded || len(r.SpansInText) > 0 || len(r.Know) > 0 {
		r.Kind = strings.TrimSpace(r.Kind + " other")
	}
	return r
}
