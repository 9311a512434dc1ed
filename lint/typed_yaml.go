package lint

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// fields writes a flow mapping, in the order in which it is told.
type fields struct{ parts []string }

// text adds a field, unless it is empty.
func (f *fields) text(name, value string) *fields {
	if value != "" {
		f.parts = append(f.parts, name+": "+scalar(value))
	}
	return f
}

// raw adds a field whose value is YAML, unless it is empty.
func (f *fields) raw(name, value string) *fields {
	if value != "" {
		f.parts = append(f.parts, name+": "+value)
	}
	return f
}

// list adds a list of what commas part.
func (f *fields) list(name, values string) *fields {
	if values == "" {
		return f
	}
	parts := strings.Split(values, ",")
	for i, v := range parts {
		parts[i] = scalar(v)
	}
	return f.raw(name, "["+strings.Join(parts, ", ")+"]")
}

// pairs adds a mapping of a=b,c=d, whatever joins them.
func (f *fields) pairs(name, values, joint string) *fields {
	if values == "" {
		return f
	}
	var m fields
	for _, pair := range strings.Split(values, ",") {
		k, v, _ := strings.Cut(pair, joint)
		m.parts = append(m.parts, scalar(k)+": "+scalar(v))
	}
	return f.raw(name, m.String())
}

// flag adds a field that is true or false.
func (f *fields) flag(name string, on bool) *fields {
	if on {
		f.raw(name, "true")
	}
	return f
}

func (f *fields) String() string { return "{" + strings.Join(f.parts, ", ") + "}" }

var plainScalar = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z./_][A-Za-z0-9._/@+=-]*(:[A-Za-z0-9._/@+=-]+)*$`)
})

// scalar is a string as YAML in a flow collection.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n", ".", ".inf", ".nan":
	default:
		if plainScalar().MatchString(s) {
			return s
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}
