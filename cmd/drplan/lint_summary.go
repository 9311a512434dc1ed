package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/draw"
	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/report"
)

// maxGraphs and maxGraphSteps bound the graphs of a summary: a pull request shows no
// more, and Mermaid draws no larger ones.
const maxGraphs, maxGraphSteps = 12, 150

// summary is what a pull request is told of a plan.
type summary struct {
	strings.Builder
	now, was *linted // was is nil where the plan is new, or nobody knows
	graphs   int
}

// writeSummary writes Markdown for a pull request: what was found, how long each
// recovery is planned to take beside its target, the steps as graphs, and, given the
// plans as they were, what the change does to all three.
func (a *app) writeSummary(f lintFlags, w io.Writer, all []linted) error {
	for i := range all {
		s := &summary{now: &all[i], was: a.before(f, all[i])}
		s.write(f.base != "")
		if _, err := io.WriteString(w, s.String()); err != nil {
			return err
		}
	}
	for _, path := range deleted(f) {
		if _, err := fmt.Fprintf(w, "## %s\n\nThe plan was deleted.\n\n", markdownLine(path)); err != nil {
			return err
		}
	}
	return nil
}

// deleted lists the plans that were, and are no more, among what people named.
func deleted(f lintFlags) (out []string) {
	if f.base == "" {
		return nil
	}
	names := f.plans
	if len(names) == 0 {
		names = []string{defaultPlan}
	}
	old := finder{seen: map[string]bool{}}
	for _, name := range names {
		if name != "-" && !filepath.IsAbs(name) {
			_ = old.argument(filepath.Join(f.base, name)) // a pattern that is none was refused
		}
	}
	for _, file := range old.out {
		path, err := filepath.Rel(f.base, file.path)
		if err != nil || file.bad != nil {
			continue
		}
		if _, err := os.Lstat(path); !os.IsNotExist(err) {
			continue
		}
		if data, err := os.ReadFile(file.path); err == nil && isPlan(data) {
			out = append(out, path)
		}
	}
	return out
}

// before judges the plan as it was; nil: there was none, or none that can be read. A
// configuration of that time that does not hold is nobody's business any more.
func (a *app) before(f lintFlags, now linted) *linted {
	if f.base == "" || now.stdin || now.unread != nil || filepath.IsAbs(now.path) {
		return nil
	}
	old := filepath.Join(f.base, now.path)
	if _, err := os.Stat(old); err != nil {
		return nil // a plan that is new has no older form
	}
	f.runs = ""
	l := lint.Linter{Registry: registry(), Now: time.Now(), Only: f.rules}
	one := a.judgeOne(l, &configs{flag: f.config}, f, planFile{path: old}, false)
	if one.unread != nil {
		return nil
	}
	return &one
}

func (s *summary) write(based bool) {
	fmt.Fprintf(s, "## %s\n\n", markdownLine(s.now.path))
	if s.now.unread != nil {
		fmt.Fprintf(s, "It could not be read: %s\n\n", markdownLine(s.now.unread.Error()))
		return
	}
	if based && s.was == nil {
		s.WriteString("The plan is new.\n\n")
	}
	s.findings()
	if s.now.doc != nil {
		s.times()
		s.changes()
	}
}

// findings lists what was found, and says what the change brought and took away.
func (s *summary) findings() {
	fresh, mended := make([]bool, len(s.now.findings)), 0
	if s.was != nil {
		fresh, mended = matched(s.now, s.was)
	}
	if len(s.now.findings) == 0 {
		s.WriteString("Nothing was found.\n\n")
	} else {
		fmt.Fprintf(s, "%s.\n\n| | where | what | what to do |\n|---|---|---|---|\n", tallyOf(s.now.findings))
		for i, f := range s.now.findings {
			mark := ""
			if fresh[i] {
				mark = " **new**"
			}
			fmt.Fprintf(s, "| %s%s | %d:%d | %s (`%s`) | %s |\n", f.Severity, mark, f.Line, f.Column, markdownLine(f.Message), f.Rule, markdownLine(f.Hint))
		}
		s.WriteByte('\n')
	}
	if mended > 0 {
		fmt.Fprintf(s, "The change mends %s.\n\n", count(mended, "finding"))
	}
}

// tallyOf counts findings by severity.
func tallyOf(list plans.Findings) string {
	var out []string
	for _, severity := range bySeverity {
		n := 0
		for _, f := range list {
			if f.Severity == severity {
				n++
			}
		}
		if n > 0 {
			out = append(out, count(n, severity))
		}
	}
	return strings.Join(out, ", ")
}

// times is a row for each recovery: what is planned, the target, and what the
// change does to both.
func (s *summary) times() {
	var was []part
	if s.was != nil && s.was.doc != nil {
		was = partsOf(s.was.doc)
	}
	parts := partsOf(s.now.doc)
	if len(parts) == 0 {
		return
	}
	predicted, line := s.now.past != nil, ""
	if predicted {
		line = " predicted P50, P90 |"
	}
	fmt.Fprintf(s, "| recovery | planned |%s RTO | RPO | the change |\n|---|---|%s---|---|---|\n", line, strings.Repeat("---|", strings.Count(line, "|")))
	for _, p := range parts {
		change := ""
		if old := find(was, p.title); old != nil {
			change = changed(*old, p)
		} else if s.was != nil {
			change = "new"
		}
		if predicted {
			line = " " + predictedText(s.now.past, p) + " |"
		}
		fmt.Fprintf(s, "| %s | %s |%s %s | %s | %s |\n", markdownLine(p.title), plannedText(p.picture), line, spanText(p.Objective.RTO), spanText(p.Objective.RPO), change)
	}
	s.WriteByte('\n')
	for _, p := range parts {
		s.graph(p)
	}
}

// changed says what a change does to planned time and targets.
func changed(was, now part) string {
	var out []string
	add := func(what string, a, b engine.Span) {
		if a != b {
			out = append(out, fmt.Sprintf("%s %s → %s", what, spanText(a), spanText(b)))
		}
	}
	add("planned", was.picture.Planned(), now.picture.Planned())
	add("RTO", was.Objective.RTO, now.Objective.RTO)
	add("RPO", was.Objective.RPO, now.Objective.RPO)
	return strings.Join(out, ", ")
}

func plannedText(p *draw.Picture) string {
	switch n := p.Unknown(); {
	case n == 0:
		return spanText(p.Planned())
	case p.Planned() == 0:
		return fmt.Sprintf("unknown, of %s", count(n, "step"))
	default:
		return fmt.Sprintf("%s, and %s of unknown length", spanText(p.Planned()), count(n, "step"))
	}
}

// predictedText is what earlier runs of a drill make expected of the next one.
func predictedText(past lint.History, p part) string {
	seen := past[p.Scenario].Predicted
	if seen == nil || p.title != "drill "+p.Scenario {
		return "–"
	}
	least, most := "", ""
	if seen.Bound {
		least, most = "at least ", "at most "
	}
	p90 := "over a time limit"
	if seen.P90 > 0 {
		p90 = report.Duration(seen.P90)
	}
	text := fmt.Sprintf("%s%s, %s, of %s", least, report.Duration(seen.P50), p90, count(seen.Runs, "run"))
	if p.Objective.RTO > 0 {
		text += fmt.Sprintf("; %s%.0f %% keep the RTO", most, 100*seen.Chance)
	}
	return text
}

func spanText(d engine.Span) string {
	if d == 0 {
		return "–"
	}
	return report.Duration(d)
}

func (s *summary) graph(p part) {
	if s.graphs++; s.graphs > maxGraphs || len(p.Graph.Nodes) > maxGraphSteps {
		return
	}
	fmt.Fprintf(s, "<details><summary>%s: %s</summary>\n\n```mermaid\n", markdownLine(p.title), count(len(p.Graph.Nodes), "step"))
	_ = p.picture.Mermaid(s) // a strings.Builder takes everything
	s.WriteString("```\n\n</details>\n\n")
}

// changes lists the steps that are others than they were.
func (s *summary) changes() {
	if s.was == nil || s.was.doc == nil {
		return
	}
	was := partsOf(s.was.doc)
	for _, p := range partsOf(s.now.doc) {
		old := find(was, p.title)
		if old == nil {
			continue
		}
		if diff := engine.Differences(old.Graph, p.Graph); len(diff) > 0 {
			fmt.Fprintf(s, "What changes in %s:\n\n", markdownLine(p.title))
			for _, d := range diff {
				fmt.Fprintf(s, "- %s\n", markdownLine(d.String()))
			}
			s.WriteByte('\n')
		}
	}
}
