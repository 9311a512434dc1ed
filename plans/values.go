package plans

import (
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/steps"
)

// Text is a string and where it stands.
type Text struct {
	Value string
	Node  *yaml.Node // nil where it is absent
}

func (t Text) String() string { return t.Value }

func (t *Text) read(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		d.wrong(n, what, "a string")
		return
	}
	t.Value, t.Node = n.Value, n
}

// Duration is a length of time above zero and where it stands.
type Duration struct {
	Value time.Duration
	Node  *yaml.Node // nil where it is absent
}

func (t *Duration) read(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || n.ShortTag() == "!!bool" {
		d.wrong(n, what, "a length of time, such as 15 minutes")
		return
	}
	v, err := steps.ParseDuration(n.Value)
	if err != nil {
		d.errorf(n, RuleDuration, "", "%q: %v", what, err)
		return
	}
	if v == 0 {
		d.errorf(n, RuleDuration, "leave it out, or write the smallest that counts, such as 1s", "%q must be above zero", what)
		return
	}
	t.Value, t.Node = v, n
}

// Date is a day and where it stands.
type Date struct {
	Value time.Time // midnight, UTC
	Node  *yaml.Node
}

func (t *Date) read(d *decoder, n *yaml.Node, what string) {
	v, err := time.Parse(time.DateOnly, n.Value)
	if n.Kind != yaml.ScalarNode || err != nil {
		d.errorf(n, RuleDate, "write it as 2026-01-31", "%q is no date", what)
		return
	}
	t.Value, t.Node = v, n
}

// Map is a mapping from names to T, in the order of the file.
type Map[T any] []Entry[T]

// Entry is one pair of a Map.
type Entry[T any] struct {
	Key   Text
	Value T
}

// Get returns the value under a name.
func (m Map[T]) Get(name string) (*T, bool) {
	for i := range m {
		if m[i].Key.Value == name {
			return &m[i].Value, true
		}
	}
	return nil, false
}

// Names lists the names, in the order of the file.
func (m Map[T]) Names() []string {
	names := make([]string, len(m))
	for i := range m {
		names[i] = m[i].Key.Value
	}
	return names
}

func (m *Map[T]) read(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, what, "a mapping of names")
		return
	}
	*m = make(Map[T], len(n.Content)/2)
	for i := range *m {
		key, e := n.Content[2*i], &(*m)[i]
		e.Key = Text{key.Value, key}
		if key.Value == "" {
			d.errorf(key, RuleName, "", "a name under %q is empty", what)
		}
		d.into(n.Content[2*i+1], &e.Value, key.Value)
	}
}

// into reads a node into what p points to.
func (d *decoder) into(n *yaml.Node, p any, what string) { d.value(n, reflect.ValueOf(p).Elem(), what) }

// Needs is a list of step ids. An empty list that was given is not an absent one.
type Needs struct {
	Given bool
	IDs   []Text
}

func (l *Needs) read(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		d.errorf(n, RuleType, "write it as ["+n.Value+"]", "%q wants a list of ids", what)
		return
	}
	l.Given = true
	d.into(n, &l.IDs, what)
}

// Pair is a key and its value, as they stand.
type Pair struct{ Key, Value *yaml.Node }
