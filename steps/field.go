package steps

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// FieldType is the type of a field as a plan's author sees it.
type FieldType string

// The field types.
const (
	FieldString   FieldType = "string"
	FieldInt      FieldType = "int"
	FieldNumber   FieldType = "number"
	FieldBool     FieldType = "bool"
	FieldDuration FieldType = "duration" // Duration
	FieldSize     FieldType = "size"     // Size
	FieldTime     FieldType = "time"     // time.Time: RFC 3339
	FieldCommand  FieldType = "command"  // Command: a string for the shell or a list of arguments
	FieldList     FieldType = "list"     // Elem says of what
	FieldMap      FieldType = "map"      // string → Elem
	FieldObject   FieldType = "object"   // Fields
	FieldAny      FieldType = "any"      // any JSON value
)

// Field describes one field of a step, read from the config struct:
//
//	json:"name"          its name in a plan; "-" hides it; an embedded struct without a name is flattened
//	plan:"required"      it must be given, and a string must not be empty
//	plan:"literal"       no expression may stand in it
//	plan:"cluster"       a step that gives it needs a Kubernetes cluster
//	doc:"One sentence."
//	default:"5s"         used when the field is absent; of scalar fields only
//	enum:"a,b"           the only values; of string fields only
type Field struct {
	Name     string
	Doc      string
	Default  string
	Required bool
	Secret   bool // of type Secret: the only place for ${secret.NAME} beside env
	Literal  bool // no expression; of a FieldCommand only its string form is literal, always
	Cluster  bool // a step that gives it needs a Kubernetes cluster; of a kind's own fields only
	Enum     []string
	Type     FieldType
	Elem     *Field  // of a list or a map
	Fields   []Field // of an object, in the order of the struct
	index    []int
}

// Fields lists the kind's fields in the order of its config struct. The result
// is shared: do not change it. It panics on a struct that breaks the rules of
// Field, which is a mistake in the program.
func (k Kind) Fields() []Field { return structFields(configType(k)) }

func configType(k Kind) reflect.Type {
	t := reflect.TypeOf(k.New())
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("steps: New of %q must return a pointer to a struct, not %s", k.Type, t))
	}
	return t.Elem()
}

var fieldCache sync.Map // reflect.Type → []Field

func structFields(t reflect.Type) []Field {
	if got, ok := fieldCache.Load(t); ok {
		return got.([]Field)
	}
	fields := readStruct(t, nil)
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.Name] {
			panic(fmt.Sprintf("steps: %s has two fields named %q", t, f.Name))
		}
		seen[f.Name] = true
	}
	fieldCache.Store(t, fields)
	return fields
}

func readStruct(t reflect.Type, at []int) []Field {
	var fields []Field
	for i := range t.NumField() {
		sf := t.Field(i)
		index := append(slices.Clone(at), i)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		switch {
		case sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct:
			fields = append(fields, readStruct(sf.Type, index)...)
		case !sf.IsExported() || name == "-":
		case name == "":
			panic(fmt.Sprintf("steps: %s.%s has no json name", t, sf.Name))
		default:
			fields = append(fields, readField(name, sf, index))
		}
	}
	return fields
}

func readField(name string, sf reflect.StructField, index []int) Field {
	f := fieldOf(sf.Type)
	f.Name, f.index = name, index
	f.Doc, f.Default = sf.Tag.Get("doc"), sf.Tag.Get("default")
	if e := sf.Tag.Get("enum"); e != "" {
		f.Enum = strings.Split(e, ",")
	}
	for word := range strings.SplitSeq(sf.Tag.Get("plan"), ",") {
		switch word {
		case "":
		case "required":
			f.Required = true
		case "literal":
			f.Literal = true
		case "cluster":
			f.Cluster = true
		default:
			panic(fmt.Sprintf("steps: field %q has an unknown plan tag %q", name, word))
		}
	}
	f.checkDefault(sf.Type)
	return f
}

// checkDefault panics on a default that its own field would refuse.
func (f *Field) checkDefault(t reflect.Type) {
	if f.Default == "" {
		return
	}
	d := decoder{}
	d.setDefault(f, reflect.New(t).Elem())
	if err := d.err(); err != nil {
		panic(fmt.Sprintf("steps: bad default: %v", err))
	}
}

var (
	durationType = reflect.TypeFor[Duration]()
	sizeType     = reflect.TypeFor[Size]()
	secretType   = reflect.TypeFor[Secret]()
	commandType  = reflect.TypeFor[Command]()
	timeType     = reflect.TypeFor[time.Time]()
	rawType      = reflect.TypeFor[json.RawMessage]()
)

// fieldOf maps a Go type to a field without a name.
func fieldOf(t reflect.Type) Field {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case durationType:
		return Field{Type: FieldDuration}
	case sizeType:
		return Field{Type: FieldSize}
	case secretType:
		return Field{Type: FieldString, Secret: true}
	case commandType:
		return Field{Type: FieldCommand}
	case timeType:
		return Field{Type: FieldTime}
	case rawType:
		return Field{Type: FieldAny}
	}
	return fieldOfKind(t)
}

func fieldOfKind(t reflect.Type) Field {
	switch t.Kind() {
	case reflect.String:
		return Field{Type: FieldString}
	case reflect.Bool:
		return Field{Type: FieldBool}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return Field{Type: FieldInt}
	case reflect.Float64:
		return Field{Type: FieldNumber}
	case reflect.Interface:
		return Field{Type: FieldAny}
	case reflect.Slice:
		elem := fieldOf(t.Elem())
		return Field{Type: FieldList, Elem: &elem}
	case reflect.Map:
		if t.Key() != reflect.TypeFor[string]() {
			panic(fmt.Sprintf("steps: the keys of a map must be strings, not %s", t.Key()))
		}
		elem := fieldOf(t.Elem())
		return Field{Type: FieldMap, Elem: &elem}
	case reflect.Struct:
		return Field{Type: FieldObject, Fields: structFields(t)}
	}
	panic(fmt.Sprintf("steps: a field cannot be of type %s", t))
}
