package report

import (
	"fmt"
	"io"
	"strings"
)

// Markdown writes a summary as GitHub Flavored Markdown. Nothing that a plan or
// a step says becomes markup.
func Markdown(w io.Writer, s *Summary) error {
	m := &markdown{s: s}
	m.head()
	m.objectives()
	m.failures()
	m.steps()
	m.whatIf()
	m.people()
	m.told()
	m.notes()
	m.findings()
	m.environment()
	m.evidence()
	_, err := io.WriteString(w, m.out.String())
	return err
}

type markdown struct {
	s   *Summary
	out strings.Builder
}

func (m *markdown) linef(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

// mdEscaper takes away what could be markup, or end a cell of a table.
var mdEscaper = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "|", `\|`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;",
	"&", "&amp;", "#", `\#`, "~", `\~`, "!", `\!`, "@", "&#64;", "://", "&#58;//", "www.", "www&#46;",
)

// md makes text from a plan or a step safe: one line, no markup, no mention, no link.
func md(s string) string { return mdEscaper.Replace(plain(s)) }

// code is an inline code span of text that may hold backticks or pipes.
func code(s string) string {
	s = plain(s)
	if s == "" {
		return ""
	}
	if strings.ContainsAny(s, "`|\\") { // in a table a pipe ends the cell even in code
		return "<code>" + md(s) + "</code>"
	}
	return "`" + s + "`"
}

func (m *markdown) head() {
	s := m.s
	m.linef("# %s: %s", s.Headline(), md(s.Name()))
	m.linef("")
	if s.Reason != "" {
		m.linef("%s", md(s.Reason))
		m.linef("")
	}
	m.linef("Run %s, %s, of %s (sha256 %s).", code(s.RunID), s.when(), code(s.Plan.Path), code(s.Plan.SHA256))
	if from := s.Plan.From(); from != "" {
		m.linef("The plan comes from %s.", md(from))
	}
	if s.Procedure != "" {
		m.linef("Procedure %s.", code(s.Procedure))
	}
}

func (m *markdown) objectives() {
	s := m.s
	m.linef("")
	m.linef("| objective | target | measured | verdict | what to know |")
	m.linef("|---|---:|---:|---|---|")
	rto, rpo := s.RTOVerdict(), s.RPOVerdict()
	if s.RTO.Split != nil {
		rto.Detail = append([]string{strings.Join(s.RTO.Split.parts(), ", ")}, rto.Detail...)
	}
	m.objective("RTO", s.RTO.Target, s.RTO.Sign()+length(s.RTO.Actual), rto)
	m.objective("RPO", s.RPO.Target, length(s.RPO.Actual), rpo)
	if row := s.Objective.String(); row != "" {
		m.linef("")
		m.linef("Targets: %s.", md(row))
	}
}

func (m *markdown) objective(name string, target Seconds, actual string, v Verdict) {
	m.linef("| %s | %s | %s | **%s** | %s |", name, length(target), actual, v.Mark, md(strings.Join(v.Detail, "; ")))
}

func length(s Seconds) string {
	if !s.Known {
		return "–"
	}
	return md(Duration(s.Duration))
}

func (m *markdown) failures() {
	s := m.s
	if len(s.RootCauses) > 0 {
		m.linef("\n## What failed\n")
	}
	for _, c := range s.RootCauses {
		m.linef("- **%s** %s: %s", md(c.Step), StatusWord(c.Status), md(c.Error))
		if c.Hint != "" {
			m.linef("  - %s", md(c.Hint))
		}
	}
	if never := s.neverReached(); never != "" {
		m.linef("\n%s.", md(never))
	}
}

func (m *markdown) steps() {
	if len(m.s.Steps) == 0 {
		return
	}
	m.linef("\n## Steps\n")
	m.linef("| phase | step | type | outcome | started (UTC) | ended (UTC) | took | slack | attempts | what to know |")
	m.linef("|---|---|---|---|---|---|---:|---:|---:|---|")
	for _, step := range m.s.Steps {
		m.step(step)
		for _, in := range step.Instances {
			m.step(in)
		}
	}
	if len(m.s.CriticalPath) > 0 {
		path := make([]string, len(m.s.CriticalPath))
		for i, id := range m.s.CriticalPath {
			path[i] = code(id)
		}
		m.linef("\nCritical path (in bold): %s.", strings.Join(path, " → "))
	}
}

func (m *markdown) step(s Step) {
	name := md(stepName(s))
	switch {
	case s.Key != "":
		name = "↳ " + name
	case s.OnCriticalPath:
		name = "**" + name + "**"
	}
	know := remarkOf(s)
	if s.Error != nil {
		know = join(know, *s.Error)
	}
	m.linef("| %s | %s | %s | %s | %s | %s | %s | %s | %d | %s |",
		s.Phase, name, code(s.Type), StatusWord(s.Status), m.s.Clock(s.StartedAt), m.s.Clock(s.FinishedAt), length(s.Duration), length(s.Slack), s.Attempts, md(know))
}

func (m *markdown) whatIf() {
	if len(m.s.WhatIf) == 0 {
		return
	}
	m.linef("\n## What if\n")
	for _, w := range m.s.WhatIf {
		m.linef("- %s %s: RTO %s, %s less", code(w.Step), w.HowFast(), Duration(w.RTO.Duration), Duration(w.Saved.Duration))
	}
}

func (m *markdown) people() {
	if len(m.s.People) == 0 {
		return
	}
	m.linef("\n## People\n")
	m.linef("| when (UTC) | who | step | what |")
	m.linef("|---|---|---|---|")
	for _, d := range m.s.People {
		m.linef("| %s | %s | %s | %s |", d.At.Format("2006-01-02 15:04:05"), md(d.Who), code(d.Step), md(d.What))
	}
}

func (m *markdown) notes() {
	if len(m.s.Notes) == 0 {
		return
	}
	m.linef("\n## Worth knowing\n")
	for _, n := range m.s.Notes {
		text := md(n.Text)
		if n.Step != "" {
			text = code(n.Step) + ": " + text
		}
		if !n.At.IsZero() {
			text = n.At.Format("2006-01-02 15:04:05") + " " + text
		}
		m.linef("- %s", text)
	}
}

func (m *markdown) environment() {
	if len(m.s.Environment) == 0 {
		return
	}
	m.linef("\n## Environment\n")
	m.linef("| of | what | value |")
	m.linef("|---|---|---|")
	for _, f := range m.s.Environment {
		m.linef("| %s | %s | %s |", md(f.Of), md(f.Name), code(f.Value))
	}
}

func (m *markdown) findings() {
	if len(m.s.Findings) == 0 {
		return
	}
	m.linef("\n## Findings\n")
	m.linef("| id | what was found | step | severity | owner | due | state | how it was closed |")
	m.linef("|---|---|---|---|---|---|---|---|")
	for _, f := range m.s.Findings {
		m.linef("| %s | %s | %s | %s | %s | %s | %s | %s |", code(f.ID), md(f.Title), code(f.Step), md(f.Severity), md(f.Owner), f.Due, md(f.StateWord()), md(f.Resolution))
	}
}

func (m *markdown) evidence() {
	if m.s.Evidence != nil {
		m.linef("\n## Journal\n")
		m.linef("%s", md(m.s.Evidence.String()))
		if start := m.s.Evidence.Registered(); start != "" {
			m.linef("\n%s", md(start))
		}
		for _, signed := range m.s.Evidence.Signed() {
			m.linef("\n%s.", md(signed))
		}
		if len(m.s.Evidence.Signatures) > 0 {
			m.linef("\nWhether that holds says `drplan runs verify --key`.")
		}
	}
}
