package main

import (
	"bytes"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

var topLevelKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[{ ]*["']?([A-Za-z_][A-Za-z0-9_-]*)["']?[ \t]*:`)
})

// planKey is the key that all of a plan stands below.
const planKey = "disaster_recovery_plan"

// isPlan reports whether a file is a plan, or was meant to be one: it has the plan's
// key, or nearly. Where the text alone does not tell, the tree does; what cannot be
// read as YAML and has the word in it is somebody's plan.
func isPlan(data []byte) bool {
	if looksLikePlan(data) {
		return true
	}
	if !bytes.Contains(data, []byte(planKey)) {
		return false
	}
	tree, err := plans.LoadTree("", data)
	if err != nil || tree.Root.Kind != yaml.MappingNode {
		return err != nil
	}
	for i := 0; i < len(tree.Root.Content); i += 2 {
		if tree.Root.Content[i].Value == planKey {
			return true
		}
	}
	return false
}

// otherEncoding reports whether a file is text in UTF-16 or UTF-32, or none at all: a
// plan in it has no key that could be found.
func otherEncoding(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) || bytes.IndexByte(data, 0) >= 0
}

// namedAsPlan reports whether a file's name says that it is a plan: dr-plan.yaml,
// plan-eu.yml, recovery.yaml.
func namedAsPlan(path string) bool {
	words := strings.FieldsFunc(strings.ToLower(filepath.Base(path)), func(r rune) bool { return r < 'a' || r > 'z' })
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{"plan", "plans", "dr", "drplan", "recovery", "disaster"}, w)
	})
}

// looksLikePlan finds the key at the beginning of a line.
func looksLikePlan(data []byte) bool {
	if bytes.HasPrefix(data, []byte(planKey+":")) || bytes.Contains(data, []byte("\n"+planKey+":")) {
		return true // nearly all of them
	}
	for _, m := range topLevelKey().FindAllSubmatchIndex(data, -1) {
		indented := data[m[0]] == ' '
		key := string(data[m[2]:m[3]])
		if !indented && steps.Nearest(key, []string{planKey}) != "" {
			return true
		}
	}
	return false
}
