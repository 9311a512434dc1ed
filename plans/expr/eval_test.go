package expr

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cases are templates with their type and value: Check and Eval must agree.
var cases = []struct {
	template string
	typ      Type
	want     any
}{
	{"", String, ""},
	{"plain $HOME", String, "plain $HOME"},
	{"$${params.namespace}", String, "${params.namespace}"},

	{"${params.namespace}", String, "shop"},
	{"${ params.namespace }", String, "shop"},
	{"${params.replicas}", Int, int64(3)},
	{"${params.ratio}", Number, 2.0},
	{"${params.fast}", Bool, true},
	{"${params.since}", Time, "2026-01-02T03:04:05Z"},
	{"${params.regions}", List, []any{"eu", "us"}},
	{"${params.labels}", Map, map[string]any{"a": int64(1), "b": int64(2)}},
	{"${params.extra}", Any, nil},
	{"${params.`from-backup`}", String, "b0"},

	{"${steps.find.backup}", String, "b-7"},
	{"${steps.find.revision}", Int, int64(9007199254740993)},
	{"${steps.find.revision + 1}", Int, int64(9007199254740994)},
	{"${steps.find.age}", Number, 12.0},
	{"${steps.find.age * 2.0}", Number, 24.0},
	{"${steps.find.started_at}", Time, "2026-01-02T03:00:05.5Z"},
	{"${params.since - steps.find.started_at}", String, "3m59.5s"},
	{"${steps.find.started_at < params.since}", Bool, true},
	{"${steps.find.meta.size}", Any, int64(1)},
	{"${steps.find.meta.half}", Any, 0.5},
	{"${steps.find.members.join(',')}", String, "m1,m2"},
	{"${steps.unknown.n}", Any, int64(1)},
	{"${size(steps.find.members)}", Int, int64(2)},

	{"${has(steps.skipped.out) ? steps.skipped.out : 'none'}", String, "none"},
	{"${has(steps.find.backup) ? steps.find.backup : 'none'}", String, "b-7"},
	{"${has(steps.partial.out)}", Bool, false},

	{`${steps.restore["eu"].name}`, String, "r-eu"},
	{"${steps.restore.us.items}", Int, int64(5)},
	{"${steps.restore[params.regions[0]].items}", Int, int64(4)},
	{"${size(steps.restore)}", Int, int64(3)},
	{"${'asia' in steps.restore}", Bool, false},
	{"${has(steps.restore.eu)}", Bool, true},
	{"${has(steps.restore.eu.name)}", Bool, true},
	{"${has(steps.restore.af.name)}", Bool, false},
	{"${steps.restore}", Map, map[string]any{
		"af": map[string]any{}, "eu": map[string]any{"name": "r-eu", "items": int64(4)}, "us": map[string]any{"name": "r-us", "items": int64(5)}}},

	{"${run.id}", String, "20260102-x"},
	{"${run.started_at}", Time, "2026-01-02T03:04:05Z"},
	{"${run.mode == 'drill'}", Bool, true},

	{"${item.name}", Any, "m1"},
	{"${item}", Any, map[string]any{"name": "m1", "port": int64(2379)}},
	{"${key}", String, "eu"},
	{"${item.port + 1}", Int, int64(2380)},

	{"ns=${params.namespace} n=${params.replicas}", String, "ns=shop n=3"},
	{"${steps.find.revision}!", String, "9007199254740993!"},
	{"${1e21} ${0.1} ${params.fast} ${params.since}", String, "1000000000000000000000 0.1 true 2026-01-02T03:04:05Z"},
	{"${duration('90m')} later", String, "1h30m0s later"},

	{"${'a,b'.split(',')}", List, []any{"a", "b"}},
	{"${'ABC'.lowerAscii()}", String, "abc"},
	{"${'%s-%d'.format(['x', 7])}", String, "x-7"},
	{"${base64.encode(b'hi')}", String, "aGk="},
	{"${[3, 1, 2].sort()}", List, []any{int64(1), int64(2), int64(3)}},
	{"${params.regions.map(r, r + '-1')}", List, []any{"eu-1", "us-1"}},
	{"${params.regions.exists(r, r == 'eu') && params.regions.all(r, size(r) == 2)}", Bool, true},
	{"${steps.find.members.filter(m, m != 'm1')}", List, []any{"m2"}},
	{"${{'a': 1, 'b': [true]}}", Map, map[string]any{"a": int64(1), "b": []any{true}}},
	{"${params.replicas > 2.5}", Bool, true},
	{"${null}", Any, nil},
	{"${3u}", Int, int64(3)},
}

func TestCheckAndEval(t *testing.T) {
	env := New(itemScope())
	for _, tc := range cases {
		t.Run(tc.template, func(t *testing.T) {
			typ, err := env.Check(tc.template)
			if err != nil || typ != tc.typ {
				t.Fatalf("type %q, error %v; want %q", typ, err, tc.typ)
			}
			got, err := env.Eval(tc.template, vars())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if _, err := json.Marshal(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPathsMeanWhatCELSays holds the short cut for names to CEL itself: the
// same name in parentheses is no path.
func TestPathsMeanWhatCELSays(t *testing.T) {
	env := New(itemScope())
	compared := 0
	for _, tc := range cases {
		parts, err := Split(tc.template)
		if err != nil || len(parts) != 1 || parts[0].Expr == "" {
			continue
		}
		if _, ok := parsePath(parts[0].Expr); !ok {
			continue
		}
		long := "${(" + parts[0].Expr + ")}"
		typ, err := env.Check(long)
		if err != nil || typ != tc.typ {
			t.Errorf("%s: type %q, error %v; want %q", long, typ, err, tc.typ)
			continue
		}
		got, err := env.Eval(long, vars())
		if err != nil {
			t.Errorf("%s: %v", long, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", long, diff)
		}
		compared++
	}
	if compared < 12 {
		t.Errorf("only %d paths were compared", compared)
	}
}

func TestEvalErrors(t *testing.T) {
	env := New(itemScope())
	deep := "[1,2,3,4,5,6,7,8,9]"
	loop := deep
	for i := range 8 {
		loop = fmt.Sprintf("%s.map(x%d, %s)", deep, i, loop)
	}
	for _, tc := range []struct{ template, want string }{
		{"${steps.skipped.out}", `step "skipped" has no outputs: it was skipped, or did not succeed; has(steps.skipped.out) asks first`},
		{"${steps.skipped.out + ''}", `step "skipped" has no outputs: it was skipped, or did not succeed; has(steps.skipped.out) asks first`},
		{"${steps.partial.out}", `step "partial" gave no output "out", only other`},
		{"${steps.restore.af.name}", `step "restore[af]" has no outputs: it was skipped, or did not succeed; has(steps.restore["af"].name) asks first`},
		{"${steps.restore['asia'].name}", "no such key: asia"},
		{"${params.replicas / 0}", "division by zero"},
		{"${[1][params.replicas]}", "index out of bounds: 3"},
		{"x${params.extra}", "null cannot stand in text: let the expression stand alone, or make text of it first"},
		{"x${item}", "a map cannot stand in text: let the expression stand alone, or make text of it first"},
		{"${1.0 / 0.0}", "the result is +Inf, which is not a number of JSON"},
		{"${" + loop + "}", "costs more than 1000000 steps to evaluate: let a command do it"},
		{"${item.exists(x, true)}", "does not fit the values it was given (no such overload: @list(map))"},
		{"${secret.NONE}", `secret "NONE" cannot be read here: secrets are for env and for fields that are secret`},
		{"${{1: 2}}", ""},
	} {
		if tc.want == "" {
			continue
		}
		got, err := env.Eval(tc.template, vars())
		var located *Error
		if !errors.As(err, &located) || err.Error() != tc.want {
			t.Errorf("%.60s\n got %v, error %v\nwant %s", tc.template, got, err, tc.want)
		}
	}
}

func TestValuesOfTheWrongType(t *testing.T) {
	env := New(scope())
	v := vars()
	v.Params["replicas"] = "three"
	v.Params["since"] = "yesterday"
	v.Params["ratio"] = []any{}
	v.Steps["find"] = json.RawMessage(`{"revision":1.5}`)
	delete(v.Params, "namespace")
	for template, want := range map[string]string{
		"${params.replicas}":     "params.replicas: is a string, not an int",
		"${params.replicas + 1}": "params.replicas: is a string, not an int",
		"${params.since}":        `params.since: is not a time in RFC 3339: "yesterday"`,
		"${params.ratio}":        "params.ratio: is a list, not a number",
		"${params.namespace}":    `parameter "namespace" has no value`,
		"${steps.find.revision}": `output "revision" of step "find": is a number, not an int`,
	} {
		if _, err := env.Eval(template, v); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", template, err, want)
		}
	}
}

func TestSecrets(t *testing.T) {
	env := New(scope())
	v := vars()
	asked := map[string]int{}
	v.Secret = func(name string) (string, error) {
		asked[name]++
		if name == "LOST" {
			return "", errors.New("not in the environment")
		}
		return "hunter2", nil
	}
	got, err := env.Eval("token=${secret.TOKEN}", v)
	if err != nil || got != "token=hunter2" {
		t.Fatalf("%v, %v", got, err)
	}
	got, err = env.Eval("${params.fast ? secret.TOKEN : secret.LOST}", v)
	if err != nil || got != "hunter2" || asked["LOST"] != 0 {
		t.Errorf("a secret that is not needed: %v, %v, asked %v", got, err, asked)
	}
	for template, want := range map[string]string{
		"${secret.LOST}":             `secret "LOST": not in the environment`,
		"${'a' + secret.LOST}":       `secret "LOST": not in the environment`,
		"${int(secret.TOKEN)}":       "cannot be evaluated; the reason is left out, since it may quote a secret",
		"${timestamp(secret.TOKEN)}": "cannot be evaluated; the reason is left out, since it may quote a secret",
		"${{'a': 1}[secret.TOKEN]}":  "cannot be evaluated; the reason is left out, since it may quote a secret",
	} {
		_, err := env.Eval(template, v)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", template, err, want)
		}
		if strings.Contains(fmt.Sprintf("%v %#v", err, err), "hunter2") {
			t.Errorf("%s: the error holds the secret", template)
		}
	}
}

func TestEvalTree(t *testing.T) {
	env := New(itemScope())
	got, err := env.EvalTree(json.RawMessage(`{"ns":["${params.namespace}","x-${key}"],"${params.namespace}":"k","n":"${params.replicas}",
		"big":9007199254740993,"t":true,"nil":null,"html":"<${key}&>","esc":"$${x}","deep":{"a":[{"b":"${params.regions}"}]}}`), vars())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"${params.namespace}":"k","big":9007199254740993,"deep":{"a":[{"b":["eu","us"]}]},"esc":"${x}","html":"<eu&>","n":3,"nil":null,"ns":["shop","x-eu"],"t":true}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	_, err = env.EvalTree(json.RawMessage(`{"a":{"b":["x","${steps.skipped.out}"]}}`), vars())
	var located *Error
	if !errors.As(err, &located) || !strings.HasPrefix(err.Error(), "a.b[1]: step \"skipped\"") {
		t.Errorf("error %v", err)
	}
	same := json.RawMessage(`{"a": 1}`)
	if got, err := env.EvalTree(same, vars()); err != nil || string(got) != string(same) {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := env.EvalTree(json.RawMessage(`"${params.fast}"`), vars()); err != nil || string(got) != "true" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestEvalStringAndBool(t *testing.T) {
	env := New(scope())
	if s, err := env.EvalString("${params.replicas}", vars()); err != nil || s != "3" {
		t.Errorf("%q, %v", s, err)
	}
	if _, err := env.EvalString("${params.regions}", vars()); err == nil || err.Error() != "a list cannot stand in text" {
		t.Error(err)
	}
	if b, err := env.EvalBool("${params.replicas > 2}", vars()); err != nil || !b {
		t.Error(b, err)
	}
	if _, err := env.EvalBool("true", vars()); err == nil || !strings.HasPrefix(err.Error(), "is a string, not a bool") {
		t.Error(err)
	}
}
