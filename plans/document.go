package plans

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// Document is a plan that was read.
type Document struct {
	Path   string
	Bytes  []byte
	SHA256 string // hex, of Bytes
	Plan   Plan
	Root   *yaml.Node // aliases and merges resolved

	src   *source
	found Findings // by Load

	shared *compiler // of those who only read
}

// Load reads a plan. Path is only quoted. The error is Findings: every problem
// that can be seen without knowing the step kinds, sorted by place. The
// document is nil only where the bytes are not one YAML document; with an error
// it holds what could be read, so that Check finds the rest as well.
func Load(path string, data []byte) (*Document, error) {
	sum := sha256.Sum256(data)
	doc := &Document{Path: path, Bytes: data, SHA256: hex.EncodeToString(sum[:]), src: &source{path: path, data: data}}
	r := &reporter{src: doc.src}
	doc.Root = parse(r)
	if doc.Root == nil {
		return nil, r.list.sorted()
	}
	var f file
	d := &decoder{r}
	d.value(doc.Root, reflect.ValueOf(&f).Elem(), "")
	doc.Plan = f.Plan
	doc.names(r)
	doc.found = r.list.sorted()
	return doc, doc.found.Err()
}

// LoadTree reads YAML that is no plan, such as a configuration, into a document
// that has places and no Plan. The error is Findings.
func LoadTree(path string, data []byte) (*Document, error) {
	doc := &Document{Path: path, Bytes: data, src: &source{path: path, data: data}}
	r := &reporter{src: doc.src}
	doc.Root = parse(r)
	return doc, r.list.sorted().Err()
}

// names checks what must be unique or well-formed wherever it is used.
func (doc *Document) names(r *reporter) {
	for _, p := range doc.Plan.Procedures {
		r.params(p.Value.Params)
		if p.Value.Steps != nil && len(p.Value.Steps) == 0 {
			r.errorf(p.Key.Node, RuleRequired, "", "the procedure %q has no steps", p.Key.Value)
		}
		eachStep(p.Value.Steps, r.step)
	}
	for _, b := range doc.Plan.Backups {
		row := b.Value.Objective
		if _, ok := doc.Plan.Targets.Get(row.Value); row.Node != nil && !ok {
			r.errorf(row.Node, RuleReference, didYouMean(row.Value, doc.Plan.Targets.Names()), "rpo_rto has no row %q", row.Value)
		}
	}
	r.notifications(&doc.Plan)
	ids := map[string]int{}
	for i := range doc.Plan.Testing.Scenarios {
		s := &doc.Plan.Testing.Scenarios[i]
		if s.ID.Node != nil && !IsID(s.ID.Value) {
			r.badID(s.ID)
		}
		if line, dup := ids[doc.scenarioID(i)]; dup && s.Name.Node != nil {
			r.errorf(s.Name.Node, RuleDuplicateID, "give one of them another id", "the drill in line %d has the id %q too", line, doc.scenarioID(i))
		}
		ids[doc.scenarioID(i)] = s.Node.Line
		for _, phase := range []Steps{s.Setup, s.Disaster, s.Checks, s.Cleanup} {
			eachStep(phase, r.step)
		}
	}
	if len(doc.Plan.Procedures) == 0 && len(r.list) == 0 {
		r.errorf(doc.Root, RuleEmptyPlan, "", "the plan has no recovery procedure")
	}
}

// eachStep visits every step and group of a list, outer before inner.
func eachStep(list Steps, visit func(*Step)) {
	for i := range list {
		visit(&list[i])
		eachStep(list[i].Parallel, visit)
		eachStep(list[i].Steps, visit)
	}
}

// step checks what belongs together in one step. A node that was no mapping
// has been reported already.
func (r *reporter) step(s *Step) {
	switch {
	case s.Node == nil || s.Node.Kind != yaml.MappingNode:
	case s.Group():
		r.group(s)
	case present(s.Node, "parallel") != nil || present(s.Node, "steps") != nil:
	case s.Name.Node == nil && present(s.Node, "step") == nil:
		r.errorf(s.Node, RuleRequired, "say in `step:` what it does", "a step lacks the key \"step\"")
	case s.Name.Node != nil && s.Name.Value == "":
		r.errorf(s.Name.Node, RuleRequired, "", "\"step\" is empty")
	}
	if s.ID.Node != nil && !IsID(s.ID.Value) {
		r.badID(s.ID)
	}
	if s.MaxParallel > 0 && s.ForEach == nil && !s.Group() {
		r.errorf(present(s.Node, "max_parallel"), RuleValue, "on a procedure it limits all steps", "\"max_parallel\" on a step limits its for_each, and there is none")
	}
}

// group refuses the keys that only a step has.
func (r *reporter) group(s *Step) {
	if s.Parallel != nil && s.Steps != nil {
		r.errorf(s.Node, RuleStepType, "", "a group is \"parallel\" or \"steps\", not both")
	}
	if len(s.Parallel)+len(s.Steps) == 0 {
		r.errorf(s.Node, RuleRequired, "", "the group has no steps")
	}
	for i := 0; i+1 < len(s.Node.Content); i += 2 {
		key := s.Node.Content[i]
		switch key.Value {
		case "parallel", "steps", "needs":
			continue
		}
		if len(key.Value) < 2 || key.Value[:2] != "x-" {
			r.errorf(key, RuleUnknownKey, "put it on the steps of the group", "a group of steps takes no key %q", key.Value)
		}
	}
}

func (r *reporter) badID(id Text) {
	hint := "lower-case letters, digits and underscores, and no digit first"
	if s := Slug(id.Value); s != "" {
		hint += `: such as "` + s + `"`
	}
	r.errorf(id.Node, RuleName, hint, "%q cannot be an id", id.Value)
}
