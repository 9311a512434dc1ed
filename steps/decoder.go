package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decoder fills config structs from JSON trees and collects every error. Paths
// are dotted; an item of a list is path[i].
type decoder struct {
	hole  func(string) bool
	loose bool // numbers and bools fit strings
	holes int
	errs  []error
}

func (d *decoder) err() error { return errors.Join(d.errs...) }

func (d *decoder) fail(path, format string, args ...any) {
	d.errs = append(d.errs, Errorf(path, format, args...))
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (d *decoder) object(path string, fields []Field, v reflect.Value, object map[string]any) {
	known := make(map[string]*Field, len(fields))
	for i := range fields {
		f := &fields[i]
		known[f.Name] = f
		x, given := object[f.Name]
		if given {
			d.value(join(path, f.Name), f, v.FieldByIndex(f.index), x)
			continue
		}
		if f.Required {
			d.fail(join(path, f.Name), "it is required%s", hint(f))
		}
		d.setDefault(f, v.FieldByIndex(f.index))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if known[name] == nil {
			d.unknown(path, name, fields)
		}
	}
}

func hint(f *Field) string {
	if f.Doc == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(f.Doc, ".")
}

func (d *decoder) unknown(path, name string, fields []Field) {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	if near := Nearest(name, names); near != "" {
		d.fail(join(path, name), "unknown field: did you mean %q?", near)
		return
	}
	d.fail(join(path, name), "unknown field: the fields are %s", strings.Join(names, ", "))
}

// setDefault gives an absent field its default; the fields of an absent
// object get theirs, unless it stands behind a pointer.
func (d *decoder) setDefault(f *Field, v reflect.Value) {
	switch {
	case f.Type == FieldObject && v.Kind() == reflect.Struct:
		for i := range f.Fields {
			d.setDefault(&f.Fields[i], v.FieldByIndex(f.Fields[i].index))
		}
	case f.Default != "":
		var x any = f.Default
		switch f.Type {
		case FieldInt, FieldNumber:
			x = json.Number(f.Default)
		case FieldBool:
			x = f.Default == "true"
		}
		d.value(f.Name, f, v, x)
	}
}

func (d *decoder) value(path string, f *Field, v reflect.Value, x any) {
	if s, ok := x.(string); ok && d.hole != nil && d.hole(s) {
		d.holes++
		if f.Literal || f.Type == FieldCommand {
			d.fail(path, "an expression cannot stand in text for a shell: give it as env or as a parameter, or write the command as a list")
		}
		return
	}
	if x == nil {
		d.fail(path, "it has no value: give one or leave it out")
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch f.Type {
	case FieldList:
		d.list(path, f, v, x)
	case FieldMap:
		d.mapping(path, f, v, x)
	case FieldObject:
		if object, ok := x.(map[string]any); ok {
			d.object(path, f.Fields, v, object)
			return
		}
		d.fail(path, "want an object, got %s", describe(x))
	case FieldCommand:
		d.command(path, v, x)
	case FieldAny:
		d.any(v, x)
	default:
		d.scalar(path, f, v, x)
	}
}

func (d *decoder) list(path string, f *Field, v reflect.Value, x any) {
	items, ok := x.([]any)
	if !ok {
		d.fail(path, "want a list, got %s", describe(x))
		return
	}
	list := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(fmt.Sprintf("%s[%d]", path, i), f.Elem, list.Index(i), item)
	}
	v.Set(list)
}

func (d *decoder) mapping(path string, f *Field, v reflect.Value, x any) {
	object, ok := x.(map[string]any)
	if !ok {
		d.fail(path, "want a map, got %s", describe(x))
		return
	}
	m := reflect.MakeMapWithSize(v.Type(), len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		elem := reflect.New(v.Type().Elem()).Elem()
		d.value(join(path, key), f.Elem, elem, object[key])
		m.SetMapIndex(reflect.ValueOf(key), elem)
	}
	v.Set(m)
}

func (d *decoder) command(path string, v reflect.Value, x any) {
	c := v.Addr().Interface().(*Command)
	if s, ok := x.(string); ok {
		c.Script = s
		return
	}
	d.list(path, &Field{Elem: &Field{Type: FieldString}}, reflect.ValueOf(&c.Argv).Elem(), x)
}

func (d *decoder) any(v reflect.Value, x any) {
	if v.Type() == rawType {
		raw, _ := json.Marshal(x) // it came from JSON
		v.SetBytes(raw)
		return
	}
	v.Set(reflect.ValueOf(x))
}

func (d *decoder) scalar(path string, f *Field, v reflect.Value, x any) {
	var err error
	switch f.Type {
	case FieldString:
		err = d.text(f, v, x)
	case FieldBool:
		b, ok := x.(bool)
		if v.SetBool(b); !ok {
			err = fmt.Errorf("want true or false, got %s", describe(x))
		}
	case FieldInt:
		err = setInt(v, x)
	case FieldNumber:
		err = setNumber(v, x)
	case FieldDuration:
		err = setDuration(v, x)
	case FieldSize:
		err = setSize(v, x)
	case FieldTime:
		err = setTime(v, x)
	}
	if err != nil {
		d.errs = append(d.errs, &FieldError{path, err})
	}
}

func (d *decoder) text(f *Field, v reflect.Value, x any) error {
	s, ok := x.(string)
	if !ok && d.loose {
		s, ok = looseText(x)
	}
	switch {
	case !ok:
		return fmt.Errorf("want a string, got %s%s", describe(x), quoteHint(x))
	case s == "" && f.Required:
		return errors.New("it must not be empty")
	case len(f.Enum) > 0 && !slices.Contains(f.Enum, s):
		return enumError(s, f.Enum)
	}
	v.SetString(s)
	return nil
}

func looseText(x any) (string, bool) {
	switch x := x.(type) {
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	}
	return "", false
}

func quoteHint(x any) string {
	if _, ok := looseText(x); ok {
		return ": put it in quotes"
	}
	return ""
}

func enumError(s string, enum []string) error {
	if near := Nearest(s, enum); near != "" {
		return fmt.Errorf("%q is none of %s: did you mean %q?", s, strings.Join(enum, ", "), near)
	}
	return fmt.Errorf("%q is none of %s", s, strings.Join(enum, ", "))
}

func setInt(v reflect.Value, x any) error {
	n, ok := x.(json.Number)
	if !ok {
		return fmt.Errorf("want a whole number, got %s", describe(x))
	}
	i, err := strconv.ParseInt(n.String(), 10, 64)
	if err != nil || v.OverflowInt(i) {
		return fmt.Errorf("want a whole number of at most %d bits, got %s", v.Type().Bits(), n)
	}
	v.SetInt(i)
	return nil
}

func setNumber(v reflect.Value, x any) error {
	n, ok := x.(json.Number)
	if !ok {
		return fmt.Errorf("want a number, got %s", describe(x))
	}
	f, err := n.Float64()
	if err != nil {
		return fmt.Errorf("want a number, got %s, which is too large", n)
	}
	v.SetFloat(f)
	return nil
}

func setTime(v reflect.Value, x any) error {
	s, ok := x.(string)
	if !ok {
		return fmt.Errorf("want a time such as 2026-01-31T09:00:00Z, got %s", describe(x))
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("want a time such as 2026-01-31T09:00:00Z, got %q", s)
	}
	v.Set(reflect.ValueOf(t))
	return nil
}

func setDuration(v reflect.Value, x any) error {
	switch x := x.(type) {
	case string:
		t, err := ParseDuration(x)
		v.SetInt(int64(t))
		return err
	case json.Number:
		return noUnit(x.String())
	}
	return fmt.Errorf("want a duration such as 15 minutes, got %s", describe(x))
}

func setSize(v reflect.Value, x any) error {
	switch x := x.(type) {
	case string:
		n, err := ParseSize(x)
		v.SetInt(int64(n))
		return err
	case json.Number:
		n, err := ParseSize(x.String())
		v.SetInt(int64(n))
		return err
	}
	return fmt.Errorf("want a size such as 16MiB, got %s", describe(x))
}
