package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/drplan/drplan/engine"
)

// A step that does something else says what: the values that differ, and what was there.
func TestDoes(t *testing.T) {
	graph := func(spec string) engine.Graph {
		return engine.Graph{Nodes: []engine.Node{{ID: "restore", Type: "command", Spec: json.RawMessage(spec)}}}
	}
	long := strings.Repeat("x", 100)
	for name, c := range map[string]struct{ was, now, want string }{
		"same":    {`{"input":{"argv":["tar"]}}`, `{"input": {"argv": ["tar"]}}`, ""},
		"command": {`{"input":{"argv":["tar","-xf"]}}`, `{"input":{"argv":["tar","-xzf"]}}`, "restore does something else: argv[2] is “-xzf”, was “-xf”"},
		"new":     {`{"input":{}}`, `{"input":{"dir":"/srv","n":12345678901234567890}}`, "restore does something else: dir is “/srv”, and was not there; n is “12345678901234567890”, and was not there"},
		"gone":    {`{"when":"a","input":{}}`, `{"input":{}}`, "restore does something else: when is gone, was “a”"},
		"long":    {`{"input":{"a":"` + long + `"}}`, `{"input":{"a":"b"}}`, "restore does something else: a is “b”, was “" + long[:60] + "…”"},
		"many":    {`{}`, `{"a":1,"b":2,"c":3,"d":4,"e":5}`, "restore does something else: a is “1”, and was not there; b is “2”, and was not there; c is “3”, and was not there; and 2 more"},
		"no JSON": {`{"a":1}`, `nonsense`, "restore does something else: a is gone, was “1”"},
	} {
		got := ""
		for _, d := range differences(graph(c.was), graph(c.now)) {
			got += d.String()
		}
		if got != c.want {
			t.Errorf("%s: %s\nwant %s", name, got, c.want)
		}
	}
}
