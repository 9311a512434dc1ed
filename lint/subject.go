package lint

import (
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

// Subject is the plan that the rules look at.
type Subject struct {
	Doc *plans.Document
	*plans.Outline
	Now     time.Time
	History History
	secrets []secret       // in the order of the file
	ignores []*suppression // in the order of the file

	calls        []*Call
	callsOf      map[*yaml.Node][]*Call // by the step's node
	fieldCallsOf map[*yaml.Node][]*Call // by the step's node
	holders      map[string]bool        // kinds with a field that holds a command
	unreadable   []*syntaxError         // of the scripts that no shell can read
	steps        []*plans.OutlineStep
	lines        [][]byte
	kubernetes   *bool
	read         map[string]bool     // ids whose outputs are read
	looked       map[*yaml.Node]bool // last steps of procedures that verify nothing
	restores     map[*plans.Section][]*etcdRestore
}

// Plan is the document's plan.
func (s *Subject) Plan() *plans.Plan { return &s.Doc.Plan }

// Sections lists the procedures and then the drills.
func (s *Subject) Sections() []*plans.Section {
	return append(append([]*plans.Section{}, s.Procedures...), s.Drills...)
}

// Steps lists every step of the plan once, also where a YAML alias makes several
// sections have it.
func (s *Subject) Steps() []*plans.OutlineStep {
	if s.steps != nil {
		return s.steps
	}
	out := []*plans.OutlineStep{}
	seen := map[*yaml.Node]bool{}
	for _, sec := range s.Sections() {
		for _, st := range sec.Steps {
			if !seen[st.Node] {
				seen[st.Node] = true
				out = append(out, st)
			}
		}
	}
	s.steps = out
	return out
}

// Drilling lists the drills that practise a procedure.
func (s *Subject) Drilling(procedure *plans.Section) []*plans.Section {
	var out []*plans.Section
	for _, d := range s.Drills {
		if d.Practised == procedure {
			out = append(out, d)
		}
	}
	return out
}

// History is what earlier drills tell of a plan: drill's id → the newest. Nil: no
// runs were given.
type History map[string]LastDrill

// LastDrill is the newest drill of a scenario.
type LastDrill struct {
	Run     string
	At      time.Time
	Changed []string // what is another in the plan since then, a line each; none: it is as it was

	Predicted *Predicted // how long the next run may take; nil: nobody can tell
}

// Predicted is what earlier runs make expected of the next one.
type Predicted struct {
	Runs   int           // so many earlier runs tell it
	P50    time.Duration // half of all runs take longer
	P90    time.Duration // one run in ten takes longer; 0: more than one in ten never ends in time
	Chance float64       // to meet the drill's RTO, from 0 to 1
	Bound  bool          // of some step nobody knows how long it takes: P50 and P90 are the least, Chance is the most
}
