package expr

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckErrors draws each error as a reader sees it: a caret under the
// template, the message, the hint.
func TestCheckErrors(t *testing.T) {
	env := New(scope())
	for _, tc := range []struct{ template, at, msg, hint string }{
		{"ns ${params.namespce}!", "namespce", `unknown parameter "namespce"`,
			"did you mean namespace? there is extra, fast, from-backup, labels, namespace, ratio, regions, replicas, since"},
		{"${params.namespce + 'x'}", "namespce", `unknown parameter "namespce"`, "did you mean namespace?"},
		{"${steps.fnd.backup}", "fnd", `unknown step "fnd"`, "did you mean find? there is find, partial, restore, skipped, unknown"},
		{"${'日本' + steps.fnd.backup}", "fnd", `unknown step "fnd"`, "did you mean find?"},
		{"${steps.find.bakup}", "bakup", `step "find" has no output "bakup"`, "did you mean backup?"},
		{"${steps.find.bakup.size()}", "bakup", `step "find" has no output "bakup"`, "did you mean backup?"},
		{"${has(steps.find.bakup)}", "bakup", `step "find" has no output "bakup"`, "did you mean backup?"},
		{"${steps.find}", "find", "steps.find is a step, not a value", "name an output: steps.find.age, backup"},
		{"${has(steps.find)}", "find", "steps.find is a step, not a value", "name an output"},
		{"${has(steps.restore)}", "restore", `steps.restore["KEY"] is a step, not a value`, "name an output"},
		{"${steps}", "steps", "steps is not a value", "read one of its names: steps.NAME"},
		{"${steps['find'].backup}", "steps", "steps is not a value", "steps.NAME"},
		{"${dyn(params)}", "params", "params is not a value", "params.NAME"},
		{"${steps.restore.name}", "name", `step "restore" has for_each, and so one "name" for each key`, `write steps.restore["KEY"].name`},
		{"${steps.restore['eu']}", "restore", `steps.restore["KEY"] is a step, not a value`, "name an output"},
		{"${steps.restore['eu'].nam}", "nam", `step "restore" has no output "nam"`, "did you mean name?"},
		{"${steps.restore[params.x].name}", "x", `unknown parameter "x"`, "there is"},
		{"${run.ids}", "ids", `run has no field "ids"`, "did you mean id?"},
		{"${item}", "item", "item and key are there only in a step with for_each", "give the step a for_each"},
		{"${key + 'x'}", "key", "item and key are there only in a step with for_each", ""},
		{"${namespace}", "namespace", `cannot be read as an expression: reserved identifier: namespace`, ""},
		{"${replicas}", "replicas", `unknown name "replicas"`, "did you mean params.replicas?"},
		{"${find.backup}", "find", `unknown name "find"`, "did you mean steps.find?"},
		{"${siz('x')}", "siz", `unknown name "siz"`, "did you mean size?"},
		{"${param.x}", "param", `unknown name "param"`, "did you mean params?"},
		{"${base64.e}", "base64.e", `unknown name "base64.e"`, "names begin with params, steps"},
		{"${elsewhere}", "elsewhere", `unknown name "elsewhere"`, "names begin with params, steps"},
		{"${'n' + params.replicas}", "+", "+ does not take string and int", "string(x) makes text"},
		{"${params.replicas + 1.5}", "+", "+ does not take int and number", "int(x) and double(x) convert"},
		{"${params.fast ? 1 : 'x'}", "?", "?: does not take bool and int and string", "both values"},
		{"${params.regions + params.namespace}", "+", "+ does not take list and string", "string(x)"},
		{"${params.namespace.startsWith(params.labels)}", "startsWith", "startsWith does not take string and map", ""},
		{"${params.namespace.lower()}", "lower", `unknown name "lower"`, ""},
		{"${steps.restore.map(k, k)}", "map", "loops over lists only, this is a map", "the keys of a map have no order"},
		{"${params.labels.all(k, true)}", "all", "loops over lists only, this is a map", "the keys of a map have no order"},
		{"${[1].map(params, params)}", "params", "params cannot be the name of a loop's variable", "take another"},
		{"a ${params.regions}", "params.regions", "a list cannot stand in the middle of text", "join it"},
		{"a ${ params.labels } b", "params.labels", "a map cannot stand in the middle of text", "make text"},
		{"${b'x'}", "b'x'", "bytes are not a value of a plan", "base64.encode"},
		{"${params.fast and params.fast}", "and", "cannot be read as an expression: ", "and, or, not are written &&, ||, !"},
		{"${params.namespace | upper}", "|", "cannot be read as an expression: ", "there are no pipes"},
		{"${params.replicas = 3}", "=", "cannot be read as an expression: ", "equality is =="},
		{"${1 +}", "", "cannot be read as an expression: mismatched input the end", ""},
		{"ok ${params.fast", "${params.fast", "the expression that begins with ${ has no end", "close it"},
		{"${type(1)}", "type(1)", "the expression gives a type(int), which is not a value of a plan", ""},
	} {
		t.Run(tc.template, func(t *testing.T) {
			typ, err := env.Check(tc.template)
			var got *Error
			if !errors.As(err, &got) {
				t.Fatalf("type %q, error %v", typ, err)
			}
			if at := tc.template[got.Offset : got.Offset+got.Length]; at != tc.at {
				t.Errorf("points at %q, want %q", at, tc.at)
			}
			if !strings.HasPrefix(got.Msg, tc.msg) || !strings.Contains(got.Hint, tc.hint) {
				t.Errorf("%s\n   (%s)", got.Msg, got.Hint)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	for template, want := range map[string]Refs{
		"":                      {},
		"steps.a.b $${steps.c}": {},
		"${steps.a.b} ${params.p}-${secret.S} ${run.id}": {Steps: []string{"a"}, Params: []string{"p"}, Secrets: []string{"S"}, Run: true},
		"${steps.b.x == steps.a.y || steps.b.z}":         {Steps: []string{"b", "a"}},
		"${has(steps.a.b) ? 'x' : params.q}":             {Steps: []string{"a"}, Params: []string{"q"}},
		"${steps.m[params.k].out}":                       {Steps: []string{"m"}, Params: []string{"k"}},
		"${[1,2].map(x, x + steps.a.n).size()}":          {Steps: []string{"a"}},
		"${ {params.a: steps.b.c, 'k': [item]} }":        {Steps: []string{"b"}, Params: []string{"a"}, Item: true},
		"${key}":              {Item: true},
		"${'steps.no.thing'}": {},
		"${steps.a.f.map(x, x).join(secret.SEP)}": {Steps: []string{"a"}, Secrets: []string{"SEP"}},
		"${-params.n}": {Params: []string{"n"}},
	} {
		got, err := References(template)
		if err != nil {
			t.Errorf("%s: %v", template, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", template, diff)
		}
	}
	for _, template := range []string{"${", "${1 +}", "x ${a b}"} {
		_, err := References(template)
		var located *Error
		if !errors.As(err, &located) || located.Offset > len(template) {
			t.Errorf("%s: %v", template, err)
		}
	}
}

func TestForItem(t *testing.T) {
	env := New(scope())
	if _, err := env.Check("${item.x + 1}"); err == nil {
		t.Error("item without for_each")
	}
	if typ, err := env.ForItem(true).Check("${item.x + 1}"); err != nil || typ != Int {
		t.Error(typ, err)
	}
	if _, err := env.Check("${item}"); err == nil {
		t.Error("the first environment changed")
	}
}

// TestLargeScope: what a scope holds must not be paid for by an environment.
func TestLargeScope(t *testing.T) {
	s := Scope{Steps: make(map[string]Outputs, 100_000)}
	types := map[string]Type{"out": String}
	for i := range 100_000 {
		s.Steps[fmt.Sprintf("step_%d", i)] = Outputs{Types: types}
	}
	if _, err := New(Scope{}).Check("${1 + 1}"); err != nil { // what all environments share
		t.Fatal(err)
	}
	allocs := testing.AllocsPerRun(1, func() {
		if typ, err := New(s).Check("${steps.step_77.out + '!'}"); err != nil || typ != String {
			t.Error(typ, err)
		}
	})
	if allocs > 20_000 {
		t.Errorf("%.0f allocations: a fifth of the steps were looked at", allocs)
	}
}

func TestManyAtOnce(t *testing.T) {
	env := New(itemScope())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, tc := range cases[len(cases)-10:] {
				if _, err := env.Eval(tc.template, vars()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
