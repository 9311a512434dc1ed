package lint

import (
	"embed"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed *.txtar checks/*.txtar
var archives embed.FS

// Example is a plan that shows what a rule does.
type Example struct {
	Name   string // bad…: the rule speaks; good…: it does not; ignored…: it is suppressed
	Plan   []byte
	Output []byte // what is shown of a bad one
}

// Examples are the rule's, in the order of its file. Every rule has them: a test
// says so.
func (r *Rule) Examples() []Example {
	data, err := archives.ReadFile(r.archive())
	if err != nil {
		return nil
	}
	var out []Example
	outputs := map[string][]byte{}
	for _, f := range txtar.Parse(data).Files {
		name, kind, _ := strings.Cut(f.Name, ".")
		if kind == "out" {
			outputs[name] = f.Data
			continue
		}
		out = append(out, Example{Name: name, Plan: f.Data})
	}
	for i := range out {
		out[i].Output = outputs[out[i].Name]
	}
	return out
}

// archive is the name of the rule's examples' file: that of its own, with .txtar.
func (r *Rule) archive() string {
	name := strings.ReplaceAll(r.ID, "-", "_") + ".txtar"
	if r.Check == nil {
		return "checks/" + name
	}
	return name
}
