package period

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/drplan/drplan/report"
)

// Markdown writes a report as GitHub Flavored Markdown. Nothing that a plan, a step
// or a finding says becomes markup.
func Markdown(w io.Writer, r *Report) error {
	m := &markdown{r: r}
	m.head()
	for i := range r.Plans {
		m.plan(&r.Plans[i])
	}
	m.attention()
	m.findings()
	m.evidence()
	m.standards()
	m.signOff()
	_, err := io.WriteString(w, m.out.String())
	return err
}

type markdown struct {
	r   *Report
	out strings.Builder
}

func (m *markdown) linef(format string, args ...any) { fmt.Fprintf(&m.out, format+"\n", args...) }

// table begins a table; a column that ends in : stands at the right.
func (m *markdown) table(columns ...string) {
	rule := make([]string, len(columns))
	for i, c := range columns {
		rule[i] = "---"
		if strings.HasSuffix(c, ":") {
			columns[i], rule[i] = strings.TrimSuffix(c, ":"), "---:"
		}
	}
	m.linef("\n| %s |", strings.Join(columns, " | "))
	m.linef("|%s|", strings.Join(rule, "|"))
}

// row takes cells that are escaped.
func (m *markdown) row(cells ...string) { m.linef("| %s |", strings.Join(cells, " | ")) }

var md, code = report.MarkdownText, report.MarkdownCode

func (m *markdown) head() {
	r, t := m.r, m.r.Totals
	m.linef("# Drills, %s", md(r.Period.Name))
	m.linef("\n**%s.**", md(strings.ToUpper(r.Headline()[:1])+r.Headline()[1:]))
	m.linef("\n%s. %s Made %s from the journals in %s; findings are typed in, and what was planned is from the plan.", r.Period.Days(), r.State(), r.MadeAt.Format("2006-01-02 15:04 UTC"), code(r.Source))
	m.table("figure", "in the period")
	for _, f := range r.Figures() {
		m.row(f[0], md(f[1]))
	}
	if t.Runs == 0 {
		m.linef("\nNo run began in this period.")
	}
	if len(r.OtherPlans) > 0 {
		m.linef("\nNot in this report: the runs of %s.", md(strings.Join(r.OtherPlans, ", ")))
	}
}

func (m *markdown) plan(p *PlanReport) {
	m.linef("\n## Plan %s", code(p.Path))
	m.linef("\nVersion %s, sha256 %s, from %s; in the period %s. %s.", code(p.Version), code(p.SHA256), code(p.From), p.EditionsText(), md(upperFirst(p.Interval())))
	m.drills(p)
	m.trend(p)
	m.coverage(p)
	m.slower(p)
	m.repeated(p)
}

func (m *markdown) drills(p *PlanReport) {
	title := "Drills planned and done, and when the next are due"
	if m.r.Chosen {
		title = "Drills"
	}
	m.linef("\n### %s", title)
	m.table("scenario", "mode", "planned:", "done:", "succeeded:", "RTO", "RPO", "last", "next", "what to know")
	for i := range p.Scenarios {
		s := &p.Scenarios[i]
		m.row(md(s.Name)+" "+code(s.ID), s.Mode, s.PlannedText(), fmt.Sprint(s.Done), fmt.Sprint(s.Succeeded), md(s.RTO.String()), md(s.RPO.String()), s.LastText(), md(s.NextText()), md(s.Why()))
	}
}

func (m *markdown) trend(p *PlanReport) {
	for i := range p.Scenarios {
		s := &p.Scenarios[i]
		if len(s.Trend) == 0 {
			continue
		}
		m.linef("\n### RTO and RPO from run to run: %s (%s)", md(s.Name), s.Mode)
		if s.TrendBefore > 0 {
			m.linef("\nThe newest %d; %s older ones are left out.", len(s.Trend), fmt.Sprint(s.TrendBefore))
		}
		m.table("began (UTC)", "run", "result", "RTO:", "verdict", "RPO:", "verdict", "what to know")
		for _, pt := range s.Trend {
			day := pt.At.Format("2006-01-02 15:04")
			if pt.InPeriod {
				day = "**" + day + "**"
			}
			m.row(day, code(pt.Run), report.StatusWord(string(pt.Result)), md(pt.RTO.Value()), pt.RTO.Word(), md(pt.RPO.Value()), pt.RPO.Word(), md(pt.Reasons()))
		}
	}
}

func (m *markdown) coverage(p *PlanReport) {
	if p.Reason != nil {
		return
	}
	m.linef("\n### Coverage")
	m.table("procedure", "tier", "state", "drills in the period:", "drills ever:", "recoveries ever:", "last")
	for _, c := range p.Procedures {
		m.row(code(c.Name), orDash(code(c.Tier)), c.Word(), fmt.Sprint(c.InPeriod), fmt.Sprint(c.Ever), fmt.Sprint(c.Recoveries), c.LastDay())
	}
	m.linef("\nTiers are rows of rpo_rto; %s.", md(StrictestCounts))
	m.table("tier", "RTO:", "RPO:", "state", "drills in the period:", "drills ever:", "last")
	for _, c := range p.Tiers {
		m.row(code(c.Name), Length(c.RTO), Length(c.RPO), c.Word(), fmt.Sprint(c.InPeriod), fmt.Sprint(c.Ever), c.LastDay())
	}
}

func (m *markdown) slower(p *PlanReport) {
	m.linef("\n### Steps that got slower\n\n%s", md(m.r.SlowerRule))
	any := false
	m.linef("")
	for _, s := range p.Slower() {
		any = true
		m.linef("- %s of %s: %s", code(s.Step), code(s.Scenario), md(s.Growth()))
	}
	if !any {
		m.linef("None.")
	}
	if n := p.TooFew(); n > 0 {
		m.linef("\n%s that ran in the period cannot be judged: there are too few runs.", count(n, "step", "steps"))
	}
}

func (m *markdown) repeated(p *PlanReport) {
	m.linef("\n### Repeated failures\n")
	for _, f := range p.Repeated {
		m.linef("- %s of %s %s: %s", code(f.Step), code(f.Scope), md(f.Text()), md(f.LastError))
	}
	if len(p.Repeated) == 0 {
		m.linef("No step has failed by itself in more than one run, one of them in the period.")
	}
}

func (m *markdown) attention() {
	m.linef("\n## Runs to be careful with")
	if len(m.r.Attention) == 0 {
		m.linef("\nNone: every run of the period is there, closed and signed.")
		return
	}
	m.table("kind", "run", "began (UTC)", "what to know")
	for _, a := range m.r.Attention {
		m.row(a.Kind, orDash(code(a.Run)), a.Began(), md(a.Text))
	}
}

func (m *markdown) findings() {
	m.linef("\n## Findings")
	if why := m.r.NoFindings; why != nil {
		m.linef("\n**They cannot be read, and are missing here:** %s", md(*why))
		return
	}
	if len(m.r.Findings) == 0 {
		m.linef("\nNone is recorded.")
		return
	}
	m.table("id", "what was found", "severity", "run", "owner", "due", "state", "how it was closed")
	for _, f := range m.r.Findings {
		m.row(code(f.ID), md(f.Title), md(f.Severity), orDash(code(f.Run)), md(f.Owner), orDash(f.Due.String()), md(f.StateWord()), md(f.Resolution))
	}
}

func (m *markdown) evidence() {
	m.linef("\n## Evidence\n\nEvery figure about runs is computed from these journals; a fingerprint depends on every byte of one. To verify: `drplan runs verify --all --key signer.pub`.")
	m.table("run", "began (UTC)", "records:", "fingerprint", "journal", "signature")
	for _, p := range m.r.Plans {
		for _, r := range p.Runs {
			m.row(code(r.ID), r.StartedAt.Format(time.DateTime), fmt.Sprint(r.Evidence.Records), code(r.Evidence.Sum), md(r.Evidence.Journal), md(r.Evidence.Signature.Word()))
		}
	}
}

func (m *markdown) standards() {
	m.linef("\n## Standards")
	m.table("requirement", "what it asks, in our words", "supported by")
	for _, s := range m.r.Standards {
		var by []string
		for _, p := range s.Supports {
			by = append(by, p.What)
		}
		text := orElse(strings.Join(by, ", "), NothingShown)
		if blank := s.Blank(); blank != "" {
			text += "; " + blank
		}
		m.row(md(s.Name), md(s.Asks), md(text))
	}
	m.linef("\n%s", report.SupportsOnly)
}

func (m *markdown) signOff() {
	m.linef("\n## Sign-off\n\nTo be filled in by hand.")
	m.table("", "name", "date", "signature")
	for _, who := range SignOff {
		m.row(who, " ", " ", " ")
	}
}

func orDash(s string) string { return orElse(s, "–") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
