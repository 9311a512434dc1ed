package local

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

func decodeValue(raw json.RawMessage) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return plain(v), err
}

// plain turns JSON's numbers into ints where they are whole, else floats.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

func decodeParams(raw json.RawMessage) (map[string]any, error) {
	v, err := decodeValue(raw)
	if err != nil {
		return nil, fmt.Errorf("the run's parameters cannot be read: %w", err)
	}
	params, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the run's parameters are not an object")
	}
	return params, nil
}
