package otlp

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Attribute is one of the resource that the trace is of.
type Attribute struct{ Key, Value string }

// Options are what a journal does not know.
type Options struct {
	Service  string      // service.name; empty: drplan
	Resource []Attribute // beside that
}

// TraceID is the id of a run's trace, in hex.
func TraceID(runID string) string {
	text, _ := traceOf(runID).MarshalText() // never fails
	return string(text)
}

func traceOf(runID string) (id traceID) {
	sum := sha256.Sum256([]byte("drplan trace\x00" + runID))
	copy(id[:], sum[:])
	return id
}

// spanOf is the id of a span by its place in the run.
func spanOf(runID, place string) (id spanID) {
	sum := sha256.Sum256([]byte("drplan span\x00" + runID + "\x00" + place))
	copy(id[:], sum[:])
	return id
}

// Write writes the trace of a run as one line of JSON.
func Write(w io.Writer, r *report.Run, s *report.Summary, o Options) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(Of(r, s, o))
}

// Of is the trace of a run. Of one that goes on, what is open ends with the last event.
func Of(r *report.Run, s *report.Summary, o Options) *Request {
	t := &tracer{r: r, s: s, runID: s.RunID, trace: traceOf(s.RunID), last: r.Header.Started, needs: map[string][]string{}}
	if n := len(r.Events); n > 0 {
		t.last = r.Events[n-1].Wall
	}
	t.follow(&r.Header.Graph)
	for i := range r.Events {
		if g := r.Events[i].Graph; g != nil {
			t.follow(g)
		}
	}
	t.run()
	t.phases()
	t.down()
	for i := range s.Steps {
		t.step(&s.Steps[i], spanOf(t.runID, "phase/"+s.Steps[i].Phase), "step/"+s.Steps[i].ID)
	}
	return &Request{ResourceSpans: []resourceSpans{{
		Resource:   resource{t.resource(o)},
		ScopeSpans: []scopeSpans{{Scope: scope{"github.com/drplan/drplan", s.Tool}, Spans: t.spans}},
	}}}
}

// tracer makes spans.
type tracer struct {
	r     *report.Run
	s     *report.Summary
	runID string
	trace traceID
	last  time.Time // of the last event
	needs map[string][]string
	spans []span
}

func (t *tracer) follow(g *engine.Graph) {
	for i := range g.Nodes {
		t.needs[g.Nodes[i].ID] = g.Nodes[i].Needs
	}
}

func (t *tracer) resource(o Options) attributes {
	var a attributes
	name := o.Service
	if name == "" {
		name = "drplan"
	}
	a.text("service.name", name)
	a.text("service.version", t.s.Tool)
	a.text("host.name", t.s.Host)
	for _, x := range o.Resource {
		a.text(x.Key, x.Value)
	}
	return a
}

// add adds a span below another. One that has not ended ends with the last event, and
// says so; one that the wall clock turned around has no length.
func (t *tracer) add(place, name string, parent *spanID, from, to time.Time, a attributes) *span {
	if to.IsZero() {
		to = t.last
		a.flag("drplan.open", true)
	}
	if to.Before(from) {
		to = from
	}
	t.spans = append(t.spans, span{
		TraceID: t.trace, SpanID: spanOf(t.runID, place), ParentID: parent, Name: name, Kind: kindInternal,
		Start: unix(from), End: unix(to), Attributes: a,
	})
	return &t.spans[len(t.spans)-1]
}

// run is the span of everything.
func (t *tracer) run() {
	s := t.s
	name := s.Mode + " " + s.Scenario
	root := t.add("run", name, nil, s.StartedAt.Time, s.FinishedAt.Time, ofRun(s))
	switch s.Result {
	case report.Succeeded:
		root.Status.Code = codeOK
	case report.Failed, report.Refused, report.Unreadable, report.InDoubt:
		root.Status = status{codeError, s.Reason}
	}
	root.Events = t.moments()
}

// moments are what happened at one time.
func (t *tracer) moments() []event {
	var out []event
	add := func(at report.Instant, name string, a attributes) {
		if !at.IsZero() {
			out = append(out, event{unix(at.Time), name, a})
		}
	}
	add(t.s.RPO.RecoveryPoint, "recovery_point", nil)
	add(t.s.RTO.StartedAt, "disaster", nil)
	add(t.s.RTO.FinishedAt, "recovered", nil)
	for _, d := range t.s.People {
		var a attributes
		a.text("drplan.person", d.Who)
		a.text("drplan.step.id", d.Step)
		a.text("drplan.what", d.What)
		add(d.At, "person", a)
	}
	for _, n := range t.s.Notes {
		var a attributes
		a.text("drplan.note.kind", n.Kind)
		a.text("drplan.step.id", n.Step)
		a.text("drplan.what", n.Text)
		add(n.At, "note", a)
	}
	return out
}
