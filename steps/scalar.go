package steps

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
