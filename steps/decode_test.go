package steps_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/google/go-cmp/cmp"
)

type conn struct {
	Endpoints []string `json:"endpoints" plan:"required" doc:"Where."`
	TLS       tls      `json:"tls" doc:"Certificates."`
}

type tls struct {
	CA   string       `json:"ca" doc:"Authorities."`
	Name string       `json:"server_name" default:"etcd" doc:"Name."`
	Key  steps.Secret `json:"key" doc:"Key."`
}

type member struct {
	Name string        `json:"name" plan:"required" doc:"Name."`
	Stop steps.Command `json:"stop" doc:"How to stop."`
}

type config struct {
	conn
	Mode    string            `json:"mode" default:"fast" enum:"fast,safe" doc:"How."`
	Wait    steps.Duration    `json:"wait" default:"5s" doc:"How long."`
	Part    steps.Size        `json:"part" default:"16MiB" doc:"Bytes."`
	Tries   int               `json:"tries" default:"3" doc:"How often."`
	Small   int32             `json:"small" doc:"A small number."`
	Ratio   float64           `json:"ratio" default:"0.5" doc:"Part."`
	Dry     bool              `json:"dry" default:"true" doc:"Whether."`
	Since   *time.Time        `json:"since" doc:"From when."`
	Limit   *int64            `json:"limit" doc:"How many."`
	Members []member          `json:"members" doc:"Servers."`
	Labels  map[string]string `json:"labels" doc:"Labels."`
	Proxy   *tls              `json:"proxy" doc:"Proxy."`
	Script  string            `json:"script" plan:"literal" doc:"Shell."`
	Extra   any               `json:"extra" doc:"Anything."`
	Raw     json.RawMessage   `json:"raw" doc:"Anything."`
	Hidden  string            `json:"-"`
	private int
}

func (c *config) Run(context.Context, *steps.Run) (steps.Outputs, error) { return nil, nil }

func (c *config) Validate(partial bool) error {
	if c.Tries > 100 {
		return steps.Errorf("tries", "at most 100 (partial %t)", partial)
	}
	return nil
}

var kind = steps.Kind{
	Type: "config", Summary: "Tests.", Timeout: time.Minute, New: func() steps.Step { return new(config) },
	Scalar: "mode", List: "endpoints",
}

func TestFields(t *testing.T) {
	fields := kind.Fields()
	var names []string
	for _, f := range fields {
		names = append(names, f.Name+" "+string(f.Type))
	}
	want := []string{
		"endpoints list", "tls object", "mode string", "wait duration", "part size", "tries int", "small int", "ratio number", "dry bool",
		"since time", "limit int", "members list", "labels map", "proxy object", "script string", "extra any", "raw any",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	tlsField := fields[1]
	if !fields[0].Required || fields[0].Elem.Type != steps.FieldString || fields[0].Doc != "Where." || !tlsField.Fields[2].Secret {
		t.Errorf("got %+v", fields[:2])
	}
	if diff := cmp.Diff([]string{"fast", "safe"}, fields[2].Enum); diff != "" || fields[2].Default != "fast" {
		t.Errorf("mode: %+v", fields[2])
	}
	if m := fields[11].Elem; m.Type != steps.FieldObject || m.Fields[1].Type != steps.FieldCommand {
		t.Errorf("members: %+v", m)
	}
	if !fields[14].Literal {
		t.Error("script is not literal")
	}
}

func decode(t *testing.T, input string) *config {
	t.Helper()
	step, err := kind.Decode(json.RawMessage(input))
	if err != nil {
		t.Fatal(err)
	}
	return step.(*config)
}

func TestDecodeDefaults(t *testing.T) {
	c := decode(t, `{"endpoints":["a"]}`)
	want := &config{
		conn: conn{Endpoints: []string{"a"}, TLS: tls{Name: "etcd"}}, Mode: "fast", Wait: steps.Duration(5 * time.Second),
		Part: 16 << 20, Tries: 3, Ratio: 0.5, Dry: true,
	}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(config{})); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeAll(t *testing.T) {
	c := decode(t, `{"endpoints":["a","b"],"tls":{"ca":"x","key":"k"},"mode":"safe","wait":"1 hour","part":1024,"tries":0,"small":-1,"ratio":2,
		"dry":false,"since":"2026-01-31T09:00:00.5Z","limit":0,"members":[{"name":"m1","stop":"kill 1"},{"name":"m2","stop":["kill","2"]}],
		"labels":{"a.b":"1"},"proxy":{},"script":"ls","extra":{"n":1.50},"raw":[1,"x"]}`)
	since, limit := time.Date(2026, 1, 31, 9, 0, 0, 5e8, time.UTC), int64(0)
	want := &config{
		conn: conn{[]string{"a", "b"}, tls{"x", "etcd", "k"}}, Mode: "safe", Wait: steps.Duration(time.Hour), Part: 1024, Small: -1, Ratio: 2,
		Since: &since, Limit: &limit, Members: []member{{"m1", steps.Command{Script: "kill 1"}}, {"m2", steps.Command{Argv: []string{"kill", "2"}}}},
		Labels: map[string]string{"a.b": "1"}, Proxy: &tls{Name: "etcd"}, Script: "ls",
		Extra: map[string]any{"n": json.Number("1.50")}, Raw: json.RawMessage(`[1,"x"]`),
	}
	if diff := cmp.Diff(want, c, cmp.AllowUnexported(config{})); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := map[string][]string{
		`{}`:                                                         {"endpoints: it is required: Where"},
		`{"endpoints":["a"],"mdoe":"fast"}`:                          {`mdoe: unknown field: did you mean "mode"?`},
		`{"endpoints":["a"],"zzzzzz":1}`:                             {"zzzzzz: unknown field: the fields are endpoints, tls, mode"},
		`{"endpoints":["a"],"Hidden":"x"}`:                           {"Hidden: unknown field"},
		`{"endpoints":"a"}`:                                          {"endpoints: want a list, got a string"},
		`{"endpoints":[{}]}`:                                         {"endpoints[0]: want a string, got an object"},
		`{"endpoints":null}`:                                         {"endpoints: it has no value"},
		`{"endpoints":["a"],"mode":"saef"}`:                          {`mode: "saef" is none of fast, safe: did you mean "safe"?`},
		`{"endpoints":["a"],"wait":15}`:                              {`wait: the duration 15 has no unit: did you mean "15 minutes"?`},
		`{"endpoints":["a"],"wait":"-1s"}`:                           {"wait: the duration"},
		`{"endpoints":["a"],"wait":[]}`:                              {"wait: want a duration such as 15 minutes, got a list"},
		`{"endpoints":["a"],"part":true}`:                            {"part: want a size"},
		`{"endpoints":["a"],"part":-1}`:                              {"part: "},
		`{"endpoints":["a"],"tries":1.5}`:                            {"tries: want a whole number"},
		`{"endpoints":["a"],"tries":"3"}`:                            {"tries: want a whole number, got a string"},
		`{"endpoints":["a"],"small":9999999999}`:                     {"small: want a whole number of at most 32 bits"},
		`{"endpoints":["a"],"tries":99999999999999999999}`:           {"tries: want a whole number of at most 64 bits"},
		`{"endpoints":["a"],"ratio":1e999}`:                          {"ratio: want a number, got 1e999, which is too large"},
		`{"endpoints":["a"],"dry":"yes"}`:                            {"dry: want true or false, got a string"},
		`{"endpoints":["a"],"since":"yesterday"}`:                    {"since: want a time such as"},
		`{"endpoints":["a"],"members":[{"stop":5}]}`:                 {"members[0].name: it is required", "members[0].stop: want a list, got the number 5"},
		`{"endpoints":["a"],"members":[{"name":""}]}`:                {"members[0].name: it must not be empty"},
		`{"endpoints":["a"],"labels":{"x":{}}}`:                      {"labels.x: want a string"},
		`{"endpoints":["a"],"tls":{"keey":"secret-text"}}`:           {`tls.keey: unknown field: did you mean "key"?`},
		`{"endpoints":["a"],"tls":"x"}`:                              {"tls: want an object, got a string"},
		`{"endpoints":["a"],"tries":101}`:                            {"tries: at most 100 (partial false)"},
		`{"mode":"x","wait":"soon","part":"big","tries":[],"no":{}}`: {"endpoints: ", "mode: ", "wait: ", "part: ", "tries: ", "no: "},
		`[]`: {"want an object of fields, got a list"}, `{`: {"read the step's input"}, `{} {}`: {"more than one value"},
	}
	for input, want := range tests {
		_, err := kind.Decode(json.RawMessage(input))
		if err == nil {
			t.Errorf("%s was accepted", input)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(want) {
			t.Errorf("%s: got %d errors, want %d:\n%v", input, len(lines), len(want), err)
			continue
		}
		for i := range want {
			if !strings.HasPrefix(lines[i], want[i]) && !strings.Contains(lines[i], want[i]) {
				t.Errorf("%s: got %q, want %q", input, lines[i], want[i])
			}
		}
		if strings.Contains(err.Error(), "secret-text") {
			t.Errorf("the value shows: %v", err)
		}
	}
}

func isHole(s string) bool { return strings.Contains(s, "${") }

// TestDecodePartial: an expression fits every field, of every type.
func TestDecodePartial(t *testing.T) {
	whole := []string{"endpoints", "tls", "mode", "wait", "part", "tries", "small", "ratio", "dry", "since", "limit", "members", "labels", "proxy", "extra"}
	object := map[string]any{}
	for _, name := range whole {
		object[name] = "${params.x}"
	}
	input, _ := json.Marshal(object)
	step, err := kind.DecodePartial(input, isHole)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&config{}, step, cmp.AllowUnexported(config{})); diff != "" {
		t.Errorf("the fields are not left zero: %s", diff)
	}
}

func TestDecodePartialStillChecks(t *testing.T) {
	tests := map[string]string{
		`{"endpoints":["${x}"],"members":[{"name":"${x}","stop":["kill","${x}"]}]}`: "",
		`{"endpoints":["${x}"],"tries":101}`:                                        "partial true",
		`{"endpoints":["a"],"tries":101}`:                                           "partial false",
		`{"endpoints":["${x}"],"wait":"5"}`:                                         "5 minutes",
		`{"endpoints":["${x}"],"script":"ls ${x}"}`:                                 "script: an expression cannot stand in text for a shell",
		`{"endpoints":["${x}"],"members":[{"name":"m","stop":"kill ${x}"}]}`:        "members[0].stop: an expression",
		`{"endpoints":[5]}`:                                                         "put it in quotes",
		`{"mode":"${x}"}`:                                                           "endpoints: it is required",
	}
	for input, want := range tests {
		_, err := kind.DecodePartial(json.RawMessage(input), isHole)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", input, err, want)
		}
	}
}

// TestResultsOfExpressionsFitStrings: ${steps.a.keys} in a list of arguments is a number.
func TestResultsOfExpressionsFitStrings(t *testing.T) {
	c := decode(t, `{"endpoints":[5,true,1.50]}`)
	if want := []string{"5", "true", "1.50"}; !slices.Equal(c.Endpoints, want) {
		t.Errorf("got %v, want %v", c.Endpoints, want)
	}
}

func TestNormalize(t *testing.T) {
	bare := steps.Kind{New: kind.New}
	tests := []struct {
		kind        steps.Kind
		value, want string
	}{
		{kind, `"safe"`, `{"mode":"safe"}`}, {kind, ` ["a"]`, `{"endpoints":["a"]}`}, {kind, `{"a":1}`, `{"a":1}`}, {kind, `5`, `{"mode":5}`},
		{kind, `null`, `{}`}, {kind, ``, `{}`}, {bare, `{}`, `{}`}, {bare, `"x"`, ""}, {bare, `["x"]`, ""},
	}
	for _, tt := range tests {
		got, err := tt.kind.Normalize(json.RawMessage(tt.value))
		if string(got) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %s, %v; want %s", tt.value, got, err, tt.want)
		}
		if err != nil && !strings.Contains(err.Error(), "{endpoints: …}") {
			t.Errorf("%s: the error shows no example: %v", tt.value, err)
		}
	}
}

func TestUnder(t *testing.T) {
	other := errors.New("other")
	err := steps.Under("etcd", errors.Join(steps.Errorf("endpoints", "none"), errors.Join(steps.Errorf("tls.ca", "no %w", other)), other))
	if want := "etcd.endpoints: none\netcd.tls.ca: no other\nother"; err.Error() != want || !errors.Is(err, other) {
		t.Errorf("got %v", err)
	}
	if err := steps.Under("x", nil); err != nil {
		t.Errorf("of nothing: %v", err)
	}
}

// Mistakes in a kind are found when its fields are first read.

type twice struct {
	config
	A string `json:"mode" doc:"Again."`
}
type noName struct {
	config
	A string
}
type badDefault struct {
	config
	A int `json:"a" default:"x" doc:"A."`
}
type badTag struct {
	config
	A int `json:"a" plan:"requierd" doc:"A."`
}
type badKey struct {
	config
	A map[steps.Secret]string `json:"a" doc:"A."`
}
type badType struct {
	config
	A chan int `json:"a" doc:"A."`
}

func TestMistakesPanic(t *testing.T) {
	for want, step := range map[string]steps.Step{
		"two fields": &twice{}, "no json name": &noName{}, "bad default": &badDefault{}, "unknown plan tag": &badTag{}, "cannot be of type": &badType{}, "keys of a map": &badKey{},
	} {
		if got := panicOf(func() { steps.Kind{New: func() steps.Step { return step }}.Fields() }); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := panicOf(func() { steps.NewRegistry(kind, kind) }); !strings.Contains(got, "registered twice") {
		t.Errorf("two kinds of one type: %q", got)
	}
	if got := panicOf(func() { steps.NewRegistry(steps.Kind{Type: "x"}) }); !strings.Contains(got, "lacks") {
		t.Errorf("a kind without New: %q", got)
	}
}

func panicOf(do func()) (text string) {
	defer func() { text, _ = recover().(string) }()
	do()
	return ""
}

func TestRegistry(t *testing.T) {
	r := steps.NewRegistry(kind)
	if _, ok := r.Lookup("config"); !ok || !slices.Equal(r.Types(), []string{"config"}) {
		t.Errorf("got %v", r.Types())
	}
	if _, ok := r.Lookup("none"); ok {
		t.Error("an unknown type was found")
	}
}

func TestFinal(t *testing.T) {
	base := errors.New("wrong key")
	err := errors.Join(errors.New("first"), steps.Final(base))
	if !steps.IsFinal(err) || !errors.Is(err, base) || steps.IsFinal(base) || steps.Final(nil) != nil || err.Error() != "first\nwrong key" {
		t.Errorf("got %v", err)
	}
}
