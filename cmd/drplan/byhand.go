package main

import (
	"encoding/json"
	"strings"
	"text/template"

	"github.com/drplan/drplan/engine"
)

// byHand is what a person would type in place of a step, one command a line.
// Expressions stay as they are: a person knows what they stand for, or looks it up.
func byHand(n engine.Node) []string {
	kind, ok := registry().Lookup(n.Type)
	if !ok || kind.ByHand == "" {
		return nil
	}
	t, err := template.New(n.Type).Option("missingkey=zero").Funcs(template.FuncMap{"join": join, "quote": shellWord}).Parse(kind.ByHand)
	if err != nil {
		return nil // a test renders every kind's
	}
	var input map[string]any
	if json.Unmarshal(specOf(n).Input, &input) != nil {
		return nil
	}
	var b strings.Builder
	if t.Execute(&b, input) != nil {
		return nil
	}
	text := strings.TrimSpace(strings.ReplaceAll(b.String(), "<no value>", "…"))
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func join(list any, separator string) string {
	items, _ := list.([]any)
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i], _ = it.(string)
	}
	return strings.Join(texts, separator)
}
