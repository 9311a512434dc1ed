package plans

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// decoder fills the document's types from YAML nodes. It is strict, keeps
// places, and goes on after an error to find them all.
type decoder struct{ *reporter }

// reader is a type that reads itself. What is the key it stands under.
type reader interface {
	read(d *decoder, n *yaml.Node, what string)
}

var nodeType = reflect.TypeFor[*yaml.Node]()

func (d *decoder) value(n *yaml.Node, v reflect.Value, what string) {
	if v.Type() == nodeType {
		v.Set(reflect.ValueOf(n))
		return
	}
	if r, ok := v.Addr().Interface().(reader); ok {
		r.read(d, n, what)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.object(n, v, what)
	case reflect.Slice:
		d.sequence(n, v, what)
	case reflect.Bool:
		d.boolean(n, v, what)
	case reflect.Int:
		d.integer(n, v, what)
	default:
		panic("plans: a document's type holds a " + v.Type().String())
	}
}

// object fills a struct by its json tags. It reports whether n is a mapping.
func (d *decoder) object(n *yaml.Node, v reflect.Value, what string) bool {
	s := shapeOf(v.Type())
	if s.node >= 0 {
		v.Field(s.node).Set(reflect.ValueOf(n))
	}
	if n.Kind != yaml.MappingNode {
		d.wrong(n, what, "a mapping")
		return false
	}
	var given uint64
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			continue // reported with the tree
		}
		f := slices.Index(s.names, key.Value)
		if f < 0 {
			d.extra(s, key, value, v)
			continue
		}
		given |= 1 << f
		before := len(d.list)
		d.value(value, v.Field(s.fields[f].index), key.Value)
		if len(d.list) == before {
			d.allowed(value, s.fields[f])
		}
	}
	d.missing(n, s, given, what)
	return true
}

// extra handles a key that no field has.
func (d *decoder) extra(s *shape, key, value *yaml.Node, v reflect.Value) {
	switch {
	case strings.HasPrefix(key.Value, "x-"):
	case s.rest >= 0:
		rest := v.Field(s.rest)
		rest.Set(reflect.Append(rest, reflect.ValueOf(Pair{key, value})))
	default:
		d.errorf(key, RuleUnknownKey, didYouMean(key.Value, s.names), "unknown key %q", key.Value)
	}
}

// allowed holds a value that was read to the field's enum, min and emptiness.
func (d *decoder) allowed(n *yaml.Node, f field) {
	switch {
	case len(f.enum) > 0 && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			d.allowed(item, field{name: f.name, enum: f.enum})
		}
	case len(f.enum) > 0 && !slices.Contains(f.enum, n.Value):
		d.errorf(n, RuleValue, didYouMean(n.Value, f.enum), "%q cannot be %q", f.name, n.Value)
	case f.least != nil && number(n) < *f.least:
		d.errorf(n, RuleValue, "", "%q must be at least %d", f.name, *f.least)
	case f.required && n.Kind == yaml.ScalarNode && n.Value == "":
		d.errorf(n, RuleRequired, "", "%q is empty", f.name)
	}
}

func (d *decoder) missing(n *yaml.Node, s *shape, given uint64, what string) {
	for i, f := range s.fields {
		if f.required && given&(1<<i) == 0 {
			d.errorf(n, RuleRequired, f.doc, "%s lacks the key %q", orPlan(what), f.name)
		}
	}
}

func orPlan(what string) string {
	if what == "" {
		return "the plan"
	}
	return strconv.Quote(what)
}

func (d *decoder) sequence(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, what, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, v.Index(i), what)
	}
}

func (d *decoder) boolean(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		d.wrong(n, what, "true or false")
		return
	}
	v.SetBool(strings.EqualFold(n.Value, "true"))
}

func (d *decoder) integer(n *yaml.Node, v reflect.Value, what string) {
	i, err := strconv.ParseInt(n.Value, 0, 32)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil {
		d.wrong(n, what, "a whole number")
		return
	}
	v.SetInt(i)
}

func number(n *yaml.Node) int {
	i, _ := strconv.ParseInt(n.Value, 0, 32) // it was read before
	return int(i)
}

// wrong reports a value of the wrong type.
func (d *decoder) wrong(n *yaml.Node, what, want string) {
	hint := ""
	if want == "a string" && n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
		hint = fmt.Sprintf("put it in quotes: %q", n.Value)
	}
	if what == "" {
		d.errorf(n, RuleType, hint, "a plan is %s, not %s", want, describe(n))
		return
	}
	d.errorf(n, RuleType, hint, "%q wants %s, not %s", what, want, describe(n))
}

// describe says what a node is, in people's words.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + n.Value
	case "!!bool":
		return "the boolean " + n.Value
	case "!!timestamp":
		return "the date " + n.Value
	}
	return "a string"
}

// shape is what the tags of a struct say.
type shape struct {
	names  []string
	fields []field
	node   int // index of the field that keeps the node, or -1
	rest   int // index of the field that takes unknown keys, or -1
}

type field struct {
	name     string
	index    int
	doc      string
	required bool
	enum     []string
	least    *int
}

var shapes sync.Map // reflect.Type → *shape

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s := &shape{node: -1, rest: -1}
	for i := range t.NumField() {
		s.add(t.Field(i), i)
	}
	shapes.Store(t, s)
	return s
}

func (s *shape) add(f reflect.StructField, index int) {
	switch role := f.Tag.Get("plan"); {
	case role == "node":
		s.node = index
	case role == "rest":
		s.rest = index
	case f.Tag.Get("json") != "":
		out := field{name: f.Tag.Get("json"), index: index, doc: f.Tag.Get("doc"), required: role == "required"}
		if enum := f.Tag.Get("enum"); enum != "" {
			out.enum = strings.Split(enum, ",")
		}
		if least, err := strconv.Atoi(f.Tag.Get("min")); err == nil {
			out.least = &least
		}
		s.names, s.fields = append(s.names, out.name), append(s.fields, out)
	}
}
