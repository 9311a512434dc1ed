package plans

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/drplan/drplan/plans/expr"
	"github.com/drplan/drplan/steps"
)

// made are the namespaces that the steps of a drill make, those of its procedure
// with them.
func (u *unit) made(params map[string]any) map[string]bool {
	names := map[string]bool{}
	for _, unit := range []*unit{u, u.outer} {
		for _, it := range unit.items {
			for _, b := range unit.bounds(it, params) {
				for _, name := range b.Makes {
					names[name] = true
				}
			}
		}
	}
	return names
}

// keepsTo reports whether a step changes nothing of its cluster but namespaces
// that the drill makes, as far as the plan tells. That they are the drill's indeed
// the step asks just before each change: the plan alone would not be enough.
func (u *unit) keepsTo(made map[string]bool, it *item, params map[string]any) bool {
	all := u.bounds(it, params)
	return len(all) > 0 && !slices.ContainsFunc(all, func(b steps.Bounds) bool {
		return len(b.Changes) == 0 || slices.ContainsFunc(b.Changes, func(name string) bool { return name == "" || !made[name] })
	})
}

// bounds are those of each instance of a step; none, where its kind has none or
// the instances are not known.
func (u *unit) bounds(it *item, params map[string]any) []steps.Bounds {
	if it.kind == nil || len(it.spec.Input) == 0 {
		return nil
	}
	env, vars := u.plain, expr.Vars{Params: params}
	if it.step.ForEach == nil {
		return boundsOf(it.kind, known(env, it.spec.Input, vars, false))
	}
	var list []string
	if json.Unmarshal(known(env, it.spec.ForEach, vars, false), &list) != nil {
		return nil
	}
	var all []steps.Bounds
	for i, item := range list {
		if expr.HasExpr(item) {
			return nil
		}
		vars.Item, vars.Key = item, strconv.Itoa(i)
		one := boundsOf(it.kind, known(u.each, it.spec.Input, vars, true))
		if one == nil {
			return nil
		}
		all = append(all, one...)
	}
	return all
}

func boundsOf(k *kind, input json.RawMessage) []steps.Bounds {
	step, err := k.DecodePartial(input, expr.HasExpr)
	if b, ok := step.(steps.Bounded); err == nil && ok {
		return []steps.Bounds{b.Bounds()}
	}
	return nil
}

// known puts in what is known before the run: the values of parameters, and those
// of an item. The other expressions stay.
func known(env *expr.Env, input json.RawMessage, vars expr.Vars, item bool) json.RawMessage {
	var tree any
	dec := json.NewDecoder(bytes.NewReader(input))
	dec.UseNumber()
	if dec.Decode(&tree) != nil {
		return input
	}
	out, err := json.Marshal(knownNode(env, tree, vars, item))
	if err != nil {
		return input
	}
	return out
}

func knownNode(env *expr.Env, node any, vars expr.Vars, item bool) any {
	switch n := node.(type) {
	case string:
		refs, err := expr.References(n)
		if err != nil || len(refs.Steps) > 0 || len(refs.Secrets) > 0 || refs.Run || refs.Item && !item {
			return n
		}
		if v, err := env.Eval(n, vars); err == nil {
			return v
		}
	case []any:
		for i := range n {
			n[i] = knownNode(env, n[i], vars, item)
		}
	case map[string]any:
		for key := range n {
			n[key] = knownNode(env, n[key], vars, item)
		}
	}
	return node
}
