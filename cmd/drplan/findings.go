package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/drplan/drplan/internal/junit"
	"github.com/drplan/drplan/plans"
)

// findingWriter writes what was found in one of the formats.
type findingWriter func(io.Writer, []checked) error

var findingFormats = map[string]findingWriter{
	"text": writeText, "json": writeFindingsJSON, "sarif": writeSARIF, "github": writeGitHub, "junit": writeJUnit,
}

func formatNames(formats map[string]findingWriter) []string { return slices.Sorted(maps.Keys(formats)) }

func writeText(w io.Writer, all []checked) error {
	for _, c := range all {
		if c.unread != nil {
			continue // stderr says so
		}
		if err := c.findings.Render(w); err != nil {
			return err
		}
		if c.doc == nil || c.bad { // nothing that fails is called ok
			continue
		}
		if len(c.findings) > 0 {
			fmt.Fprintln(w)
		}
		prefix := ""
		if len(all) > 1 {
			prefix = c.path + ": "
		}
		if _, err := fmt.Fprintln(w, prefix+c.tally()); err != nil {
			return err
		}
	}
	return nil
}

func allFindings(all []checked) plans.Findings {
	out := plans.Findings{}
	for _, c := range all {
		out = append(out, c.findings...)
	}
	return out
}

func writeFindingsJSON(w io.Writer, all []checked) error { return writeJSON(w, allFindings(all)) }

// writeJSON writes indented JSON as people and jq like it.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writeGitHub writes workflow commands, which GitHub Actions shows beside the
// lines of a pull request.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func writeGitHub(w io.Writer, all []checked) error {
	level := map[string]string{plans.SeverityError: "error", plans.SeverityWarning: "warning", plans.SeverityInfo: "notice"}
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range allFindings(all) {
		text := f.Message
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		if _, err := fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d,endColumn=%d,title=%s::%s\n",
			level[f.Severity], property.Replace(f.File), f.Line, f.Column, f.EndColumn, property.Replace("drplan "+f.Rule), data.Replace(text)); err != nil {
			return err
		}
	}
	return nil
}

// writeJUnit writes a suite a plan: a failed case a finding that makes the
// command fail, a passed one with a remark for the others, and a passed one where there is none.
func writeJUnit(w io.Writer, all []checked) error {
	var out junit.Suites
	for _, c := range all {
		out.Suites = append(out.Suites, junitOf(c))
	}
	return junit.Write(w, out)
}

func junitOf(c checked) junit.Suite {
	suite := junit.Suite{Name: c.path}
	for _, f := range c.findings {
		one := junit.Case{Name: fmt.Sprintf("%s at %d:%d", f.Rule, f.Line, f.Column), Class: c.path}
		if c.fails(f) {
			one.Failure = &junit.Problem{Message: f.Message, Type: f.Rule, Text: f.String()}
		} else {
			one.Out = f.String()
		}
		suite.Add(one)
	}
	if len(suite.Cases) == 0 {
		suite.Add(junit.Case{Name: "validate", Class: c.path})
	}
	return suite
}
