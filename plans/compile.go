package plans

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/steps"
)

// Compiled is a plan made ready for one run.
type Compiled struct {
	Graph     engine.Graph
	Scenario  string // the drill's id; in a recovery the procedure's name
	Title     string // the drill's name as people wrote it
	Why       string // the description of the drill, in a recovery of the procedure
	Procedure string
	Params    map[string]any // string, int64, float64, bool or []any of strings; a duration is a string
	Objective engine.Objective
	Clusters  map[string]Cluster
	Hosts     map[string]Host
	Planned   map[string]engine.Span // node → how long people said that it takes; of steps that wait

	// NotRunnable says why a run must refuse before it starts anything:
	// placeholders, a drill without a procedure, a target that no drill may touch.
	NotRunnable Findings
}

// Compile makes the graph of one drill or one recovery. The error is a
// *UsageError where the selection is wrong, and Findings where that part of the
// plan does not hold; faults elsewhere in the plan do not stand in the way.
func (doc *Document) Compile(reg *steps.Registry, sel Selection) (*Compiled, error) {
	if err := doc.found.Err(); err != nil {
		return nil, err
	}
	index, err := doc.choose(sel)
	if err != nil {
		return nil, err
	}
	c := newCompiler(doc, reg)
	if sel.Mode == engine.ModeRecovery {
		return c.recovery(&doc.Plan.Procedures[index], sel)
	}
	return c.drill(index, sel)
}

// compiler compiles parts of one document. A procedure is compiled once,
// however many drills practise it.
type compiler struct {
	doc        *Document
	reg        *steps.Registry
	kinds      map[string]*kind
	procedures map[*Entry[Procedure]]*unit
	scenarios  map[int]*unit
}

func newCompiler(doc *Document, reg *steps.Registry) *compiler {
	return &compiler{doc, reg, map[string]*kind{}, map[*Entry[Procedure]]*unit{}, map[int]*unit{}}
}

// reading is the compiler that Check and Outline share: they ask the same of a plan,
// and change nothing of it. Not for several goroutines at one time.
func (doc *Document) reading(reg *steps.Registry) *compiler {
	if doc.shared == nil || doc.shared.reg != reg {
		doc.shared = newCompiler(doc, reg)
	}
	return doc.shared
}

func (c *compiler) recovery(p *Entry[Procedure], sel Selection) (*Compiled, error) {
	u := c.procedure(p)
	if err := u.list.sorted().Err(); err != nil {
		return nil, err
	}
	out := c.base(p, p.Value.Objective)
	out.Scenario, out.Title, out.Why = p.Key.Value, p.Key.Value, p.Value.Description.Value
	out.NotRunnable = u.refusals.sorted()
	var err error
	if out.Params, err = resolveParams(p.Value.Params, nil, sel.Params); err != nil {
		return nil, err
	}
	if err := u.resolveTargets(out.Params); err != nil {
		return nil, err
	}
	out.Graph.Nodes, err = nodesOf(u)
	out.Planned = plannedOf(u)
	return out, err
}

func (c *compiler) drill(index int, sel Selection) (*Compiled, error) {
	s := &c.doc.Plan.Testing.Scenarios[index]
	p := c.doc.procedureOf(index)
	u := c.scenario(index)
	if err := u.list.sorted().Err(); err != nil {
		return nil, err
	}
	if p == nil {
		return &Compiled{Scenario: c.doc.scenarioID(index), Title: s.Name.Value, NotRunnable: Findings{c.doc.noProcedure(s, SeverityError)}}, nil
	}
	if err := u.outer.list.sorted().Err(); err != nil {
		return nil, err
	}
	objective := s.Objective
	if objective.Node == nil {
		objective = p.Value.Objective
	}
	out := c.base(p, objective)
	out.Scenario, out.Title, out.Why = c.doc.scenarioID(index), s.Name.Value, s.Description.Value
	var err error
	if out.Params, err = resolveParams(p.Value.Params, s.Params, sel.Params); err != nil {
		return nil, err
	}
	if err := errors.Join(u.outer.resolveTargets(out.Params), u.resolveTargets(out.Params)); err != nil {
		return nil, err
	}
	made := u.made(out.Params)
	refusals := slices.Concat(u.refusals, u.outer.refusals, u.isolation(out.Params, made), u.outer.isolation(out.Params, made))
	out.NotRunnable = refusals.sorted()
	out.Graph.Nodes, err = nodesOf(u.outer, u)
	out.Planned = plannedOf(u.outer, u)
	return out, err
}

// base fills in what a drill and a recovery have in common.
func (c *compiler) base(p *Entry[Procedure], objective Text) *Compiled {
	out := &Compiled{
		Procedure: p.Key.Value,
		Objective: c.doc.objective(objective),
		Clusters:  map[string]Cluster{},
		Hosts:     map[string]Host{},
	}
	out.Graph.MaxParallel = p.Value.MaxParallel
	for _, e := range c.doc.Plan.Clusters {
		out.Clusters[e.Key.Value] = e.Value
	}
	for _, e := range c.doc.Plan.Hosts {
		out.Hosts[e.Key.Value] = e.Value
	}
	return out
}

// objective is the named row of rpo_rto, else the strictest of each.
func (doc *Document) objective(row Text) engine.Objective {
	if t, ok := doc.Plan.Targets.Get(row.Value); ok {
		return engine.Objective{Row: row.Value, RTO: t.RTO.Value, RPO: t.RPO.Value}
	}
	out := engine.Objective{}
	for _, e := range doc.Plan.Targets {
		out.Strictest = true
		out.RTO = stricter(out.RTO, e.Value.RTO)
		out.RPO = stricter(out.RPO, e.Value.RPO)
	}
	return out
}

func stricter(now engine.Span, t Duration) engine.Span {
	if t.Node == nil || now > 0 && now <= t.Value {
		return now
	}
	return t.Value
}

// noProcedure is the finding of a drill that cannot run.
func (doc *Document) noProcedure(s *Scenario, severity string) Finding {
	hint := "write it as an object with `name:` and `procedure:`"
	if near := steps.Nearest(Slug(s.Name.Value), doc.Plan.Procedures.Names()); near != "" {
		hint = fmt.Sprintf("%s, such as %s", hint, near)
	}
	return doc.src.finding(s.Node, RuleNoProcedure, severity, hint,
		fmt.Sprintf("the drill %q cannot run: no recovery procedure has its name", s.Name.Value))
}

// nodesOf makes the graph's nodes, in the order of the phases.
func nodesOf(units ...*unit) ([]engine.Node, error) {
	total := 0
	for _, u := range units {
		total += len(u.items)
	}
	nodes := make([]engine.Node, 0, total)
	for _, phase := range engine.Phases {
		for _, u := range units {
			for _, it := range u.items {
				if it.phase != phase {
					continue
				}
				n, err := it.node()
				if err != nil {
					return nil, err
				}
				nodes = append(nodes, n)
			}
		}
	}
	return nodes, nil
}

// node makes the graph's node of a step that holds.
func (it *item) node() (engine.Node, error) {
	s, k := it.step, it.kind
	spec, err := encode(it.spec)
	if err != nil {
		return engine.Node{}, fmt.Errorf("encode the step %s: %w", it.id, err)
	}
	n := engine.Node{
		ID: it.id, Name: s.Name.Value, Type: k.Type, Phase: it.phase, Needs: it.needs,
		Wait: engine.Wait(k.Wait), ForEach: s.ForEach != nil, MaxParallel: s.MaxParallel,
		Retry:           engine.Retry{Attempts: s.Retry.Attempts, Backoff: s.Retry.Backoff.Value, AttemptTimeout: s.Retry.AttemptTimeout.Value},
		Timeout:         k.Timeout,
		ContinueOnError: s.ContinueOnError, Always: s.Always,
		Verifies: k.Verifies, Restores: k.Restores, Observes: k.Observes, Mutates: k.Mutates,
		Spec: spec,
	}
	if s.Timeout.Node != nil {
		n.Timeout = s.Timeout.Value
	}
	return n, nil
}

// encode is json.Marshal that leaves <, > and & as they are: people read specs.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
