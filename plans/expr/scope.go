package expr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Type is the type of a value as expressions see it.
type Type string

// The types.
const (
	String Type = "string"
	Int    Type = "int"    // 64 bits
	Number Type = "number" // a double
	Bool   Type = "bool"
	Time   Type = "time" // a timestamp in expressions, an RFC 3339 string outside
	List   Type = "list"
	Map    Type = "map" // of strings to anything
	Any    Type = "any" // known when it is evaluated
)

// Scope says which names an expression may read. It is read, never written, as
// long as an [Env] of it is in use.
type Scope struct {
	Params map[string]Type
	Steps  map[string]Outputs
	Item   bool // item and key are there: the step has for_each
}

// Outputs says what a step gives back.
type Outputs struct {
	Types   map[string]Type // nil: not known, any name is taken and is of type any
	ForEach bool            // read as steps.ID["KEY"].OUTPUT
}

// runTypes are the fields of run.
var runTypes = map[string]Type{
	"id": String, "mode": String, "scenario": String, "procedure": String, "started_at": Time, "dir": String,
}

// The names an expression begins with.
const (
	rootParams = "params"
	rootSteps  = "steps"
	rootRun    = "run"
	rootSecret = "secret"
	rootItem   = "item"
	rootKey    = "key"
)

var roots = []string{rootParams, rootSteps, rootRun, rootSecret, rootItem, rootKey}

// param returns the type of a parameter.
func (s *Scope) param(name string) (Type, *problem) {
	t, ok := s.Params[name]
	if !ok {
		return "", &problem{fmt.Sprintf("unknown parameter %q", name), known(name, keys(s.Params))}
	}
	return t, nil
}

// step returns the outputs of a step.
func (s *Scope) step(id string) (Outputs, *problem) {
	o, ok := s.Steps[id]
	if !ok {
		return o, &problem{fmt.Sprintf("unknown step %q", id), known(id, keys(s.Steps))}
	}
	return o, nil
}

// output returns the type of an output of the step id.
func (o Outputs) output(id, name string) (Type, *problem) {
	if o.Types == nil {
		return Any, nil
	}
	t, ok := o.Types[name]
	if !ok {
		return "", &problem{fmt.Sprintf("step %q has no output %q", id, name), known(name, keys(o.Types))}
	}
	return t, nil
}

// misread is the problem of a step with for_each whose output is read as if it
// had none.
func (o Outputs) misread(id, name string) *problem {
	return &problem{fmt.Sprintf("step %q has for_each, and so one %q for each key", id, name),
		fmt.Sprintf("write steps.%s[\"KEY\"].%s", id, name)}
}

// incomplete is the problem of a step that is read without an output.
func (o Outputs) incomplete(id string) *problem {
	ref := "steps." + id
	if o.ForEach {
		ref += `["KEY"]`
	}
	names := keys(o.Types)
	slices.Sort(names)
	if len(names) == 0 {
		return &problem{fmt.Sprintf("%s is a step, not a value", ref), fmt.Sprintf("name an output: %s.OUTPUT", ref)}
	}
	return &problem{fmt.Sprintf("%s is a step, not a value", ref),
		fmt.Sprintf("name an output: %s.%s", ref, strings.Join(names, ", "))}
}

// runField returns the type of a field of run.
func runField(name string) (Type, *problem) {
	t, ok := runTypes[name]
	if !ok {
		return "", &problem{fmt.Sprintf("run has no field %q", name), known(name, keys(runTypes))}
	}
	return t, nil
}

var noItem = problem{"item and key are there only in a step with for_each", "give the step a for_each, or read a parameter"}

func keys[V any](m map[string]V) []string { return slices.Collect(maps.Keys(m)) }
