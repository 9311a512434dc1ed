package main

import (
	"io"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
)

// The part of SARIF 2.1.0 that code scanners read.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string         `json:"id"`
		Short *sarifText     `json:"shortDescription,omitempty"`
		Help  *sarifMarkdown `json:"help,omitempty"`
	}
	sarifMarkdown struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
)

func writeSARIF(w io.Writer, all []checked) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "drplan", Version: toolVersion(), Rules: []sarifRule{}}
	for _, f := range allFindings(all) {
		if !slices.ContainsFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == f.Rule }) {
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(f.Rule))
		}
		run.Results = append(run.Results, sarifOf(f))
	}
	return writeJSON(w, sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

// sarifRuleOf tells of a rule what code scanners show beside a finding.
func sarifRuleOf(id string) sarifRule {
	r, ok := lint.Describe(id)
	if !ok {
		return sarifRule{ID: id}
	}
	return sarifRule{ID: id, Short: &sarifText{r.Summary}, Help: &sarifMarkdown{strings.ReplaceAll(r.Why, "`", ""), r.Why}}
}

func sarifOf(f plans.Finding) sarifResult {
	text := f.Message
	if f.Hint != "" {
		text += "\n" + f.Hint
	}
	region := sarifRegion{StartLine: f.Line, StartColumn: f.Column}
	if f.EndColumn > f.Column {
		region.EndColumn = f.EndColumn
	}
	level := f.Severity
	if level == plans.SeverityInfo {
		level = "note" // SARIF's word; its others are ours
	}
	return sarifResult{
		RuleID: f.Rule, Level: level, Message: sarifText{text},
		Locations: []sarifLocation{{sarifPhysical{sarifArtifact{fileURI(f.File)}, region}}},
	}
}

// fileURI is a file's name as a relative reference of RFC 3986: a name's own
// colon, hash or space says nothing about a scheme or a fragment.
func fileURI(name string) string {
	u := url.URL{Path: filepath.ToSlash(name)}
	if path.IsAbs(u.Path) { // two slashes would begin a host
		u.Path = path.Clean(u.Path)
	}
	return u.String()
}
