package schema

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

//go:embed dr-plan.schema.json
var embedded []byte

// Rule is the rule of every finding of this package.
const Rule = "schema"

// JSON is the schema of plans with this build's step kinds.
func JSON() []byte { return bytes.Clone(embedded) }

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) { return Compile(embedded) })

// Compile reads a schema that Build has made.
func Compile(schema []byte) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	if err := c.AddResource(ID, bytes.NewReader(schema)); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	s, err := c.Compile(ID)
	if err != nil {
		return nil, fmt.Errorf("compile the schema: %w", err)
	}
	return s, nil
}

// Validate holds a document to the embedded schema. The loader is at least as
// strict, and its findings read better: where it finds nothing, neither does
// Validate.
func Validate(doc *plans.Document) plans.Findings {
	s, err := compiled()
	if err != nil {
		panic(err) // a test compiles the embedded schema
	}
	return With(s, doc)
}

// With holds a document to a schema.
func With(s *jsonschema.Schema, doc *plans.Document) plans.Findings {
	faults, err := Faults(s, doc.JSON(), doc.Root)
	if err != nil {
		return plans.Findings{doc.Finding(doc.Root, Rule, plans.SeverityError, err.Error(), "")}
	}
	var out plans.Findings
	for _, f := range faults {
		out = append(out, doc.Finding(f.Node, Rule, plans.SeverityError, f.Message, ""))
	}
	return out
}

// Fault is where a value breaks a schema, and how.
type Fault struct {
	Node    *yaml.Node
	Message string
}

// Faults holds a JSON value to a schema and returns what breaks it, each with its
// node in the tree that the value was made of. The error is that it is no JSON.
func Faults(s *jsonschema.Schema, value []byte, root *yaml.Node) ([]Fault, error) {
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	var invalid *jsonschema.ValidationError
	if errors.As(s.Validate(v), &invalid) {
		return leaves(root, invalid), nil
	}
	return nil, nil
}

// leaves turns the causes that have no further cause into faults.
func leaves(root *yaml.Node, e *jsonschema.ValidationError) []Fault {
	if len(e.Causes) == 0 {
		return []Fault{{unknownKey(at(root, e.InstanceLocation), e.Message), e.Message}}
	}
	var out []Fault
	for _, cause := range e.Causes {
		out = append(out, leaves(root, cause)...)
	}
	return out
}

// at follows a JSON pointer.
func at(n *yaml.Node, pointer string) *yaml.Node {
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
		next := child(n, name)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, name string) *yaml.Node {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				return n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}

var quotedName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`'([^']+)'`) })

// unknownKey finds the first key that an additionalProperties error names.
func unknownKey(n *yaml.Node, message string) *yaml.Node {
	m := quotedName().FindStringSubmatch(message)
	if !strings.HasPrefix(message, "additionalProperties") || m == nil || n.Kind != yaml.MappingNode {
		return n
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == m[1] {
			return n.Content[i]
		}
	}
	return n
}
