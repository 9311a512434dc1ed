package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/drplan/drplan/engine"
)

// mostParts and mostText bound what is told of a step that does something else.
const (
	mostParts = 3
	mostText  = 60 // runes of a value
)

// does says what a step does that it did not, out of the specs of two graphs: as the
// journals have them, so that no secret is told. Empty: nothing can be said.
func does(was, now engine.Graph, id string) string {
	before, after := leaves(specOf(was, id)), leaves(specOf(now, id))
	var parts []string
	for _, path := range paths(before, after) {
		old, had := before[path]
		is, has := after[path]
		name := strings.TrimPrefix(path, "input.")
		switch {
		case old == is && had == has:
		case !had:
			parts = append(parts, fmt.Sprintf("%s is %s, and was not there", name, quoted(is)))
		case !has:
			parts = append(parts, fmt.Sprintf("%s is gone, was %s", name, quoted(old)))
		default:
			parts = append(parts, fmt.Sprintf("%s is %s, was %s", name, quoted(is), quoted(old)))
		}
	}
	if more := len(parts) - mostParts; more > 0 {
		parts = append(parts[:mostParts], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, "; ")
}

func specOf(g engine.Graph, id string) json.RawMessage {
	for i := range g.Nodes {
		if g.Nodes[i].ID == id {
			return g.Nodes[i].Spec
		}
	}
	return nil
}

// leaves are the values of a JSON text by their paths, such as argv[2].
func leaves(data json.RawMessage) map[string]string {
	out := map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // a number is told as it was written
	var v any
	if dec.Decode(&v) == nil {
		walk("", v, out)
	}
	return out
}

func walk(path string, v any, out map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, of := range v {
			walk(strings.TrimPrefix(path+"."+key, "."), of, out)
		}
	case []any:
		for i, of := range v {
			walk(path+"["+strconv.Itoa(i+1)+"]", of, out)
		}
	case string:
		out[path] = v
	default:
		out[path] = fmt.Sprint(v)
	}
}

// paths are those of both, in an order that does not change.
func paths(a, b map[string]string) []string {
	var list []string
	for path := range a {
		list = append(list, path)
	}
	for path := range b {
		if _, known := a[path]; !known {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}

// quoted is a value in short: what differs may be far inside, but a page is no diff.
func quoted(s string) string {
	r := []rune(plain(s))
	if len(r) > mostText {
		return "“" + string(r[:mostText]) + "…”"
	}
	return "“" + string(r) + "”"
}
