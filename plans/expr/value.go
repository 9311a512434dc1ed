package expr

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// load converts a value from outside to the Go type of t: string, int64,
// float64, bool, time.Time, []any or map[string]any. A number of type any is an
// int64 if it is a whole one.
func load(t Type, v any) (any, error) {
	v, err := plain(v)
	if err != nil {
		return nil, err
	}
	switch t {
	case String:
		return as[string](t, v)
	case Int:
		return as[int64](t, v)
	case Number:
		if i, ok := v.(int64); ok {
			return float64(i), nil
		}
		return as[float64](t, v)
	case Bool:
		return as[bool](t, v)
	case Time:
		return loadTime(v)
	case List:
		return as[[]any](t, v)
	case Map:
		return as[map[string]any](t, v)
	}
	return v, nil
}

func as[T any](t Type, v any) (any, error) {
	if _, ok := v.(T); !ok {
		return nil, fmt.Errorf("is %s, not %s", kindOf(v), article(string(t)))
	}
	return v, nil
}

func loadTime(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return as[time.Time](Time, v)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil, fmt.Errorf("is not a time in RFC 3339: %q", s)
	}
	return t, nil
}

// plain brings a JSON-able value to the few types that load knows.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, string, bool, int64, time.Time:
		return v, nil
	case json.Number:
		return number(v)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), nil
		}
		return v, nil
	case int:
		return int64(v), nil
	case []any:
		return plainList(v)
	case map[string]any:
		return plainMap(v)
	case json.RawMessage:
		var decoded any
		if err := unmarshal(v, &decoded); err != nil {
			return nil, err
		}
		return plain(decoded)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return plain(json.RawMessage(raw))
}

func number(n json.Number) (any, error) {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return i, nil
	}
	return n.Float64()
}

func plainList(list []any) (any, error) {
	out := make([]any, len(list))
	for i, v := range list {
		var err error
		if out[i], err = plain(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func plainMap(m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	for k, v := range m {
		var err error
		if out[k], err = plain(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// native converts a result to a JSON-able value: nil, string, int64, float64,
// bool, []any or map[string]any. A time becomes RFC 3339 in UTC, a duration the
// form 1h30m0s.
func native(v any) (any, error) {
	switch v := v.(type) {
	case nil, string, int64, bool:
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the result is %v, which is not a number of JSON", v)
		}
		return v, nil
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	case time.Duration:
		return v.String(), nil
	case []any, map[string]any:
		return v, nil // from load: plain already
	case ref.Val:
		return nativeVal(v)
	}
	return nil, fmt.Errorf("the result is %T, which is not a value of a plan", v)
}

func nativeVal(v ref.Val) (any, error) {
	switch v := v.(type) {
	case types.Null:
		return nil, nil
	case types.Uint:
		if v > math.MaxInt64 {
			return nil, fmt.Errorf("the result %d is too large", uint64(v))
		}
		return int64(v), nil
	case types.Bytes:
		return nil, fmt.Errorf("the result is bytes; base64.encode(…) makes text of them")
	case traits.Mapper:
		return nativeMap(v)
	case traits.Lister:
		return nativeList(v)
	case *record:
		return nativeRecord(v)
	}
	value := v.Value()
	if _, same := value.(ref.Val); same {
		return nil, fmt.Errorf("the result is %s, which is not a value of a plan", v.Type().TypeName())
	}
	return native(value)
}

func nativeList(l traits.Lister) (any, error) {
	out := []any{}
	for it := l.Iterator(); it.HasNext() == types.True; {
		v, err := nativeVal(it.Next())
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func nativeMap(m traits.Mapper) (any, error) {
	out := map[string]any{}
	for it := m.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		name, err := key.ConvertToNative(reflect.TypeFor[string]())
		if err != nil {
			return nil, fmt.Errorf("the key %v of a map is not a string", key.Value())
		}
		if out[name.(string)], err = nativeVal(m.Get(key)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func nativeRecord(r *record) (any, error) {
	out := make(map[string]any, len(r.fields))
	for name, raw := range r.fields {
		v, err := plain(raw)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// text writes a native value into text: numbers without an exponent.
func text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("%s cannot stand in text", kindOf(v))
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case int64:
		return "an int"
	case float64:
		return "a number"
	case bool:
		return "a bool"
	case time.Time:
		return "a time"
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return fmt.Sprintf("%T", v)
}
