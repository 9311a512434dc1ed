package period

import (
	"io"
	"strings"

	"github.com/drplan/drplan/internal/junit"
	"github.com/drplan/drplan/report"
)

// JUnit writes a suite a plan, for the dashboards of CI systems: a case a drill,
// which fails where it is overdue, and a case a run. Runs that are gone or cannot be
// read, and findings past due, are suites of their own.
func JUnit(w io.Writer, r *Report) error {
	out := junit.Suites{Name: "drplan " + r.Period.Name}
	for _, p := range r.Plans {
		s := junit.Suite{Name: report.Plain(p.Path)}
		for _, sc := range p.Scenarios {
			if sc.InPlan {
				s.Add(sc.junit())
			}
		}
		for _, run := range p.Runs {
			s.Add(run.junit())
		}
		out.Suites = append(out.Suites, s)
	}
	lost := junit.Suite{Name: "evidence"}
	for _, a := range r.Attention {
		if a.Kind == KindMissing || a.Kind == KindUnreadable || a.Kind == KindBroken {
			lost.Add(junit.Case{Name: report.Plain(a.Run), Class: a.Kind, Time: noTime, Failure: problem(a.Kind, a.Text)})
		}
	}
	late := junit.Suite{Name: "findings"}
	if why := r.NoFindings; why != nil {
		late.Add(junit.Case{Name: "findings", Class: "findings", Time: noTime, Failure: problem("cannot be read", *why)})
	}
	for _, f := range r.Findings {
		c := junit.Case{Name: report.Plain(f.ID + " " + f.Title), Class: "findings", Time: noTime}
		if f.Overdue {
			c.Failure = problem("past due", "it was due "+f.Due.String()+", owner "+orElse(f.Owner, "nobody"))
		}
		late.Add(c)
	}
	for _, s := range []junit.Suite{lost, late} {
		if s.Tests > 0 {
			out.Suites = append(out.Suites, s)
		}
	}
	return junit.Write(w, out)
}

// noTime is that of a case which is a fact and took none.
const noTime = "0.000"

func problem(message, text string) *junit.Problem {
	return &junit.Problem{Message: report.Plain(message), Text: report.Plain(text)}
}

func (s *Scenario) junit() junit.Case {
	c := junit.Case{Name: report.Plain(s.ID), Class: "drills", Time: noTime}
	switch {
	case s.Overdue == nil:
		c.Skipped = problem("no due date", s.NextReason)
	case *s.Overdue:
		c.Failure = problem("overdue since "+s.Next.String(), s.NextReason)
	}
	return c
}

func (r *Run) junit() junit.Case {
	c := junit.Case{Name: report.Plain(r.ID), Class: report.Plain("runs." + r.Scenario), Time: junit.Seconds(r.Duration.Duration)}
	switch bad := r.missed(); {
	case r.Result == report.Failed || r.Result == report.Unreadable:
		c.Failure = problem(string(r.Result), strings.Join(append(r.failureTexts(), bad...), "; "))
	case !r.Done():
		c.Skipped = problem(report.StatusWord(string(r.Result)), r.Reason)
	case len(bad) > 0:
		c.Failure = problem("missed an objective", strings.Join(bad, "; "))
	}
	return c
}

// missed says which objectives the run missed, and by how much.
func (r *Run) missed() (list []string) {
	for _, o := range []struct {
		name string
		Measure
	}{{"RTO", r.RTO}, {"RPO", r.RPO}} {
		if o.Met != nil && !*o.Met {
			list = append(list, o.name+" "+o.Value())
		}
	}
	return list
}

func (r *Run) failureTexts() (list []string) {
	for _, f := range r.Failures {
		list = append(list, f.Step+" "+report.StatusWord(f.Status)+": "+f.Error)
	}
	if r.Result == report.Unreadable {
		list = append(list, r.Reason)
	}
	return list
}
