package steps

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/template"
)

// Commands renders ByHand for a step's input: the commands a person would type,
// one a line; "" where the kind has none. Expressions stay as they are, and a
// field that is absent reads as "…".
//
// A template has four functions: quote makes a value one word of a shell, join
// puts a list's items together with a separator, command writes a Command field,
// oneline makes a text fit for a comment.
func (k Kind) Commands(input json.RawMessage) (string, error) {
	if k.ByHand == "" {
		return "", nil
	}
	t, err := template.New(k.Type).Option("missingkey=zero").Funcs(template.FuncMap{"join": joinItems, "quote": quote, "command": commandLine, "oneline": oneLine}).Parse(k.ByHand)
	if err != nil {
		return "", err
	}
	var fields map[string]any
	if err := json.Unmarshal(input, &fields); err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, fields); err != nil {
		return "", err
	}
	return strings.TrimSpace(strings.ReplaceAll(b.String(), "<no value>", "…")), nil
}

func joinItems(list any, separator string) string {
	items, _ := list.([]any)
	texts := make([]string, len(items))
	for i, it := range items {
		texts[i] = fmt.Sprint(it)
	}
	return strings.Join(texts, separator)
}

func quote(value any) string {
	if value == nil {
		return "…"
	}
	return ShellWord(fmt.Sprint(value))
}

func oneLine(value any) string { return strings.Join(strings.Fields(fmt.Sprint(value)), " ") }

// commandLine is a script as it is, or a program with its arguments.
func commandLine(value any) string {
	argv, isList := value.([]any)
	if !isList {
		return fmt.Sprint(value)
	}
	words := make([]string, len(argv))
	for i, arg := range argv {
		words[i] = quote(arg)
	}
	return strings.Join(words, " ")
}

// ShellWord quotes what a POSIX shell would take apart.
func ShellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
