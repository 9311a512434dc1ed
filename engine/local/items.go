package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/drplan/drplan/engine"
)

// items evaluates for_each: a list in its order with the positions as keys (the
// items themselves where they are strings), a map by its sorted keys.
func (b bound) items() ([]engine.Item, error) {
	evaluated, err := b.exprs.EvalTree(b.spec.ForEach, b.vars)
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	value, err := decodeValue(evaluated)
	if err != nil {
		return nil, fmt.Errorf("for_each: %w", err)
	}
	switch v := value.(type) {
	case []any:
		return listItems(v)
	case map[string]any:
		return mapItems(v)
	}
	return nil, errors.New("for_each: it takes a list or a map")
}

func listItems(values []any) ([]engine.Item, error) {
	items := make([]engine.Item, len(values))
	seen := map[string]bool{}
	for i, v := range values {
		key, isString := v.(string)
		if !isString || key == "" {
			key = strconv.Itoa(i)
		}
		if seen[key] {
			return nil, fmt.Errorf("for_each: the item %q stands twice in the list: instances need different keys", key)
		}
		seen[key] = true
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		items[i] = engine.Item{Key: key, Value: raw}
	}
	return items, nil
}

func mapItems(values map[string]any) ([]engine.Item, error) {
	items := make([]engine.Item, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if key == "" {
			return nil, errors.New("for_each: a key is empty")
		}
		raw, err := json.Marshal(values[key])
		if err != nil {
			return nil, err
		}
		items = append(items, engine.Item{Key: key, Value: raw})
	}
	return items, nil
}
