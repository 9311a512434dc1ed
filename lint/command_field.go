package lint

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// commandField is a field of a step that is no command, and holds one: verify's
// command.run, a canary's program.put, a member's stop.
type commandField struct {
	Node   *yaml.Node // the script, or the list of words
	Beside *yaml.Node // the mapping that the field stands in; nil: it is the step's value itself
	InPod  bool       // it runs in a pod, not where drplan does
}

// beside is the value of a field of the same mapping; nil: it is absent.
func (f *commandField) beside(name string) *yaml.Node { return valueOf(f.Beside, name) }

// judged reports whether what the command prints decides, or another exit status than
// 0 is wanted.
func (f *commandField) judged() bool {
	if f == nil {
		return false
	}
	exit := f.beside("exit")
	return f.beside("stdout") != nil || exit != nil && exit.Value != "0"
}

// calls lists the field's commands.
func (f *commandField) calls(st *plans.OutlineStep) ([]*Call, *syntaxError) {
	calls, bad := parseCalls(st, f.Node, !f.InPod) // a pod's shell may know no pipefail
	for _, c := range calls {
		c.Field, c.Within = f, c.Within || f.InPod
	}
	return calls, bad
}

// commandFields finds the fields of a step that hold commands, in the order of the file.
// What they are is the kind's to say.
func (s *Subject) commandFields(st *plans.OutlineStep) (out []*commandField) {
	if st.Type.Value == nil || st.Kind.New == nil || !s.holdsCommands(st.Kind) {
		return nil
	}
	var visit func(f steps.Field, n, in *yaml.Node, pod bool)
	visit = func(f steps.Field, n, in *yaml.Node, pod bool) {
		switch {
		case f.Type == steps.FieldCommand:
			out = append(out, &commandField{Node: n, Beside: in, InPod: pod})
		case f.Type == steps.FieldObject && n.Kind == yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if at := slices.IndexFunc(f.Fields, func(f steps.Field) bool { return f.Name == n.Content[i].Value }); at >= 0 {
					visit(f.Fields[at], n.Content[i+1], n, pod || f.Fields[at].Name == "in_pod")
				}
			}
		case f.Type == steps.FieldList && n.Kind == yaml.SequenceNode:
			for _, item := range n.Content {
				visit(*f.Elem, item, in, pod)
			}
		case f.Type == steps.FieldMap && n.Kind == yaml.MappingNode:
			for i := 1; i < len(n.Content); i += 2 {
				visit(*f.Elem, n.Content[i], n, pod)
			}
		}
	}
	root := steps.Field{Type: steps.FieldObject, Fields: st.Kind.Fields()}
	if st.Type.Value.Kind == yaml.MappingNode {
		visit(root, st.Type.Value, nil, false)
		return out
	}
	for _, f := range root.Fields { // the one that a bare value stands for
		if n := st.Field(f.Name); n != nil {
			visit(f, n, nil, false)
		}
	}
	return out
}

// holdsCommands reports whether a kind has a field that holds a command.
func (s *Subject) holdsCommands(k steps.Kind) bool {
	if known, ok := s.holders[k.Type]; ok {
		return known
	}
	if s.holders == nil {
		s.holders = map[string]bool{}
	}
	s.holders[k.Type] = slices.ContainsFunc(k.Fields(), holdsCommand)
	return s.holders[k.Type]
}

func holdsCommand(f steps.Field) bool {
	return f.Type == steps.FieldCommand || slices.ContainsFunc(f.Fields, holdsCommand) || f.Elem != nil && holdsCommand(*f.Elem)
}
