package plans

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// typ is the parameter's type; string where it is not said.
func (p *Param) typ() string {
	if p.Type.Value == "" {
		return "string"
	}
	return p.Type.Value
}

// exprType is the type of the parameter's values in expressions.
func (p *Param) exprType() expr.Type {
	switch t := p.typ(); t {
	case "duration":
		return "string"
	default:
		return expr.Type(t)
	}
}

// parse converts what a person typed after --param name=.
func (p *Param) parse(text string) (any, error) {
	v, err := parseText(p.typ(), text)
	if err != nil {
		return nil, err
	}
	return v, p.permitted(v)
}

// value converts what the plan says.
func (p *Param) value(n *yaml.Node) (any, error) {
	v, err := parseNode(p.typ(), n)
	if err != nil {
		return nil, err
	}
	return v, p.permitted(v)
}

func (p *Param) permitted(v any) error {
	if len(p.Enum) == 0 {
		return nil
	}
	allowed := make([]string, len(p.Enum))
	for i, n := range p.Enum {
		e, err := parseNode(p.typ(), n)
		if err == nil && fmt.Sprint(e) == fmt.Sprint(v) {
			return nil
		}
		allowed[i] = n.Value
	}
	return fmt.Errorf("must be one of %s", strings.Join(allowed, ", "))
}

// parseText converts text to a value of a parameter's type: string, int64,
// float64, bool, or []any of strings. A duration is its canonical string.
func parseText(typ, text string) (any, error) {
	switch typ {
	case "int":
		return wrap(strconv.ParseInt(text, 0, 64))("a whole number", text)
	case "number":
		v, err := strconv.ParseFloat(text, 64)
		if err == nil && (math.IsInf(v, 0) || math.IsNaN(v)) {
			err = strconv.ErrRange
		}
		return wrap(v, err)("a number", text)
	case "bool":
		return wrap(strconv.ParseBool(text))("true or false", text)
	case "duration":
		v, err := steps.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("must be a length of time: %w", err)
		}
		return steps.Duration(v).String(), nil
	case "list":
		return parseList(text)
	}
	return text, nil
}

func wrap[T any](v T, err error) func(want, text string) (any, error) {
	return func(want, text string) (any, error) {
		if err != nil {
			return nil, fmt.Errorf("must be %s, not %q", want, text)
		}
		return v, nil
	}
}

// parseList reads a JSON list of strings, or strings with commas between.
func parseList(text string) (any, error) {
	var list []string
	switch {
	case strings.HasPrefix(text, "["):
		if json.Unmarshal([]byte(text), &list) != nil {
			return nil, errors.New("must be a JSON list of strings, or strings with commas between")
		}
	case text != "":
		list = strings.Split(text, ",")
	}
	return anys(list), nil
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// parseNode converts a YAML value to a value of a parameter's type.
func parseNode(typ string, n *yaml.Node) (any, error) {
	if typ == "list" {
		return listNode(n)
	}
	if n.Kind != yaml.ScalarNode {
		return nil, fmt.Errorf("must be %s, not %s", article(typ), describe(n))
	}
	if fits := tagsOf[typ]; !slices.Contains(fits, n.ShortTag()) {
		return nil, fmt.Errorf("must be %s, not %s", article(typ), describe(n))
	}
	if typ == "string" && expr.HasExpr(n.Value) {
		return nil, errors.New("must be a plain value: a parameter takes no expression")
	}
	return parseText(typ, n.Value)
}

var tagsOf = map[string][]string{
	"string": {"!!str"}, "duration": {"!!str"}, "int": {"!!int"}, "number": {"!!int", "!!float"}, "bool": {"!!bool"},
}

func listNode(n *yaml.Node) (any, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("must be a list, not %s", describe(n))
	}
	list := make([]string, len(n.Content))
	for i, item := range n.Content {
		if item.Kind != yaml.ScalarNode || item.ShortTag() != "!!str" {
			return nil, fmt.Errorf("must be a list of strings, but one is %s", describe(item))
		}
		list[i] = item.Value
	}
	return anys(list), nil
}

func article(typ string) string {
	switch typ {
	case "int":
		return "a whole number"
	case "bool":
		return "true or false"
	case "duration":
		return "a length of time, such as 15 minutes"
	}
	return "a " + typ
}

// params checks the declarations of a procedure's parameters.
func (r *reporter) params(declared Map[Param]) {
	for i := range declared {
		name, p := declared[i].Key, &declared[i].Value
		if !IsID(name.Value) {
			r.errorf(name.Node, RuleName, "lower-case letters, digits and underscores, and no digit first", "%q cannot be a parameter's name", name.Value)
		}
		if p.Required && p.Default != nil {
			r.errorf(p.Default, RuleParameter, "leave one of the two out", "the parameter %q is required and has a default", name.Value)
		}
		for _, n := range p.Enum {
			if _, err := parseNode(p.typ(), n); err != nil {
				r.errorf(n, RuleParameter, "", "a value of the parameter %q %v", name.Value, err)
			}
		}
		if p.Default == nil {
			continue
		}
		if _, err := p.value(p.Default); err != nil {
			r.errorf(p.Default, RuleParameter, "", "the default of the parameter %q %v", name.Value, err)
		}
	}
}

// arguments checks a drill's values against its procedure's parameters.
func (r *reporter) arguments(given Map[*yaml.Node], declared Map[Param]) {
	for _, g := range given {
		p, ok := declared.Get(g.Key.Value)
		if !ok {
			r.errorf(g.Key.Node, RuleParameter, didYouMean(g.Key.Value, declared.Names()), "the procedure has no parameter %q", g.Key.Value)
			continue
		}
		if _, err := p.value(g.Value); err != nil {
			r.errorf(g.Value, RuleParameter, "", "the parameter %q %v", g.Key.Value, err)
		}
	}
}

// resolveParams takes --param over the drill's value over the default.
func resolveParams(declared Map[Param], drill Map[*yaml.Node], typed map[string]string) (map[string]any, error) {
	for name := range typed {
		if _, ok := declared.Get(name); !ok {
			return nil, &UsageError{Msg: fmt.Sprintf("there is no parameter %q", name), Hint: paramsHint(name, declared)}
		}
	}
	out := make(map[string]any, len(declared))
	for i := range declared {
		name, p := declared[i].Key.Value, &declared[i].Value
		text, ok := typed[name]
		var v any
		var err error
		switch drillValue, inDrill := drill.Get(name); {
		case ok:
			v, err = p.parse(text)
		case inDrill:
			v, err = p.value(*drillValue)
		case p.Default != nil:
			v, err = p.value(p.Default)
		default:
			return nil, &UsageError{Msg: fmt.Sprintf("the parameter %q has no value", name), Hint: "give it: --param " + name + "=" + strings.ToUpper(p.typ())}
		}
		if err != nil {
			return nil, &UsageError{Msg: fmt.Sprintf("the parameter %q %v", name, err), Hint: p.Description.Value}
		}
		out[name] = v
	}
	return out, nil
}

func paramsHint(name string, declared Map[Param]) string {
	if len(declared) == 0 {
		return "the procedure takes no parameters"
	}
	return didYouMean(name, declared.Names())
}
