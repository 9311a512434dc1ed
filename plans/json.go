package plans

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v4"
)

// JSON is the document as JSON: aliases and merges resolved, a date as its
// text. A number that JSON cannot hold, such as .inf, is null.
func (doc *Document) JSON() json.RawMessage {
	r := &reporter{src: doc.src}
	return r.json(doc.Root)
}

// Finding makes a finding of others about a node of the document.
func (doc *Document) Finding(n *yaml.Node, rule, severity, message, hint string) Finding {
	return doc.src.finding(n, rule, severity, hint, message)
}

// FindingInside is Finding about the bytes from and to of a scalar's value, or about
// all of it where their place in the file is hard to tell.
func (doc *Document) FindingInside(n *yaml.Node, from, to int, rule, severity, message, hint string) Finding {
	f := doc.src.findingInside(n, from, to, rule, hint, message)
	f.Severity = severity
	return f
}

// FindingLine is Finding about the characters from and to, counted from 1, of a line.
func (doc *Document) FindingLine(line, from, to int, rule, severity, message, hint string) Finding {
	return doc.src.findingAt(line, from, to, rule, severity, hint, message)
}

// LoadErr is the error that Load returned.
func (doc *Document) LoadErr() error { return doc.found.Err() }

// json turns a tree of the plan into JSON. What JSON cannot hold is reported
// and becomes null.
func (r *reporter) json(n *yaml.Node) json.RawMessage { return r.appendJSON(nil, n) }

func (r *reporter) appendJSON(b []byte, n *yaml.Node) []byte {
	switch n.Kind {
	case yaml.MappingNode:
		b = append(b, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, n.Content[i].Value), ':')
			b = r.appendJSON(b, n.Content[i+1])
		}
		return append(b, '}')
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, item := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			b = r.appendJSON(b, item)
		}
		return append(b, ']')
	}
	return r.appendScalar(b, n)
}

func (r *reporter) appendScalar(b []byte, n *yaml.Node) []byte {
	switch n.ShortTag() {
	case "!!str", "!!timestamp", "!!merge": // an unquoted date is text, and so is a lone <<
		return appendString(b, n.Value)
	case "!!null":
		return append(b, "null"...)
	}
	var v any
	err := n.Load(&v)
	text, jsonErr := json.Marshal(v)
	if err != nil || jsonErr != nil {
		r.errorf(n, RuleType, "put it in quotes", "%q is no value that a step can take", n.Value)
		return append(b, "null"...)
	}
	return append(b, text...)
}

func appendString(b []byte, s string) []byte {
	plain := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }) < 0
	if plain {
		return append(append(append(b, '"'), s...), '"')
	}
	text, _ := encode(s) // a string always has a JSON form
	return append(b, text...)
}
