package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Fact is one output of a step, as text.
type Fact struct{ Name, Value string }

// What is told of one step's outputs is bounded: a command's may be long.
const (
	maxFacts    = 40
	maxFactText = 240 // columns
)

// Facts lists the outputs of a step that say something, sorted by name: what is
// empty is left out, and what is nested has a name with dots.
func (s Step) Facts() []Fact {
	dec := json.NewDecoder(bytes.NewReader(s.Outputs))
	dec.UseNumber()
	var value any
	if dec.Decode(&value) != nil {
		return nil
	}
	return flatten(nil, "", value)
}

func flatten(facts []Fact, name string, value any) []Fact {
	if len(facts) >= maxFacts {
		return facts
	}
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			facts = flatten(facts, dotted(name, key), v[key])
		}
	case []any:
		for i, item := range v {
			facts = flatten(facts, dotted(name, strconv.Itoa(i+1)), item)
		}
	case nil:
	case string:
		if text := plain(v); text != "" {
			facts = append(facts, Fact{name, cut(text, maxFactText)})
		}
	default:
		facts = append(facts, Fact{name, fmt.Sprint(v)})
	}
	return facts
}

func dotted(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}
