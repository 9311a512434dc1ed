package period

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/drplan/drplan/report"
)

// mostLines bounds a list at a terminal; the other formats have all of it.
const mostLines = 20

// Terminal writes a report for people at a terminal: no line is wider than width.
// Long lists are cut, and say so.
func Terminal(w io.Writer, r *Report, width int) error {
	if width == 0 {
		width = 80
	}
	t := &terminal{width: min(max(width, 20), 200), r: r}
	t.head()
	for i := range r.Plans {
		t.plan(&r.Plans[i])
	}
	t.attention()
	t.findings()
	t.evidence()
	_, err := io.WriteString(w, t.out.String())
	return err
}

type terminal struct {
	width int
	r     *Report
	out   strings.Builder
}

// text writes wrapped lines; those after the first stand further in.
func (t *terminal) text(indent int, s string) {
	for i, l := range report.Wrap(s, t.width-indent-2) {
		in := indent
		if i > 0 {
			in += 2
		}
		t.out.WriteString(strings.Repeat(" ", in) + l + "\n")
	}
}

func (t *terminal) section(title string) {
	t.out.WriteString("\n")
	t.text(0, title)
}

// list writes at most mostLines of n lines.
func (t *terminal) list(n int, line func(i int) string) {
	for i := range min(n, mostLines) {
		t.text(2, line(i))
	}
	if n > mostLines {
		t.text(2, fmt.Sprintf("… and %d more: see -o html, markdown or json", n-mostLines))
	}
}

func (t *terminal) head() {
	r := t.r
	t.text(0, "Drills, "+r.Period.Name+": "+r.Headline())
	t.text(2, r.Period.Days()+". "+r.State())
	t.out.WriteString("\n")
	for _, f := range r.Figures() {
		t.text(2, f[0]+": "+f[1])
	}
	for _, other := range r.OtherPlans {
		t.text(2, "not in this report: the runs of "+other)
	}
}

func (t *terminal) plan(p *PlanReport) {
	t.section("Plan " + p.Path)
	t.text(2, p.Interval())
	for i := range p.Scenarios {
		t.scenario(&p.Scenarios[i])
	}
	t.uncovered("procedures", p.Procedures)
	t.uncovered("tiers", p.Tiers)
	if slow := p.Slower(); len(slow) > 0 {
		t.section("Steps that got slower")
		t.list(len(slow), func(i int) string { return slow[i].Step + " of " + slow[i].Scenario + ": " + slow[i].Growth() })
	}
	if len(p.Repeated) > 0 {
		t.section("Repeated failures")
		t.list(len(p.Repeated), func(i int) string {
			f := p.Repeated[i]
			return f.Step + " of " + f.Scope + " " + f.Text() + ": " + f.LastError
		})
	}
}

func (t *terminal) scenario(s *Scenario) {
	t.out.WriteString("\n")
	t.text(2, s.Name+" ("+s.Mode+")")
	planned := ""
	if s.Planned != nil {
		planned = fmt.Sprintf("planned %d, ", *s.Planned)
	}
	t.text(4, fmt.Sprintf("%sdone %d, succeeded %d; RTO %s; RPO %s", planned, s.Done, s.Succeeded, s.RTO, s.RPO))
	t.text(4, "last "+s.LastText()+"; next "+s.NextText()+" ("+s.Why()+")")
	from := max(len(s.Trend)-5, 0)
	if from+s.TrendBefore > 0 && len(s.Trend) > 0 {
		t.text(4, count(from+s.TrendBefore, "older run is not shown", "older runs are not shown"))
	}
	for _, p := range s.Trend[from:] {
		t.text(4, fmt.Sprintf("%s %s: RTO %s, %s; RPO %s, %s", p.At.Format(time.DateOnly), report.StatusWord(string(p.Result)), p.RTO.Value(), p.RTO.Word(), p.RPO.Value(), p.RPO.Word()))
	}
}

func (t *terminal) uncovered(what string, list []Covered) {
	words, names := Uncovered(list)
	for _, w := range words {
		t.out.WriteString("\n")
		t.text(2, strings.ToUpper(w[:1])+w[1:]+", "+what+": "+strings.Join(names[w], ", "))
		if w == namedByNone {
			t.text(4, StrictestCounts)
		}
	}
}

func (t *terminal) attention() {
	list := t.r.Attention
	if len(list) == 0 {
		return
	}
	t.section("Runs to be careful with")
	t.list(len(list), func(i int) string {
		a := list[i]
		if a.Run == "" {
			return a.Kind + ": " + a.Text
		}
		return a.Kind + ": " + a.Run + ": " + a.Text
	})
}

func (t *terminal) findings() {
	list := t.r.Findings
	if why := t.r.NoFindings; why != nil {
		t.section("Findings")
		t.text(2, "They cannot be read, and are missing here: "+report.Plain(*why))
		return
	}
	if len(list) == 0 {
		return
	}
	t.section("Findings")
	t.list(len(list), func(i int) string { return list[i].Line() })
}

func (t *terminal) evidence() {
	n := map[string]int{}
	for _, p := range t.r.Plans {
		for _, r := range p.Runs {
			n[r.Evidence.Signature.State]++
		}
	}
	t.section("Evidence")
	t.text(2, fmt.Sprintf("%s: %d verified, %d signed and not checked, %d not signed, %d broken; their fingerprints: -o json",
		count(t.r.Totals.Runs, "run", "runs"), n[Verified], n[Signed], n[Unsigned], n[Broken]))
}
