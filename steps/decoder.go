package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
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
