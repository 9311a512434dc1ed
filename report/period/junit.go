package period

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/drplan/drplan/report"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Name    string       `xml:"name,attr"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure,omitempty"`
	Skipped *junitProblem `xml:"skipped,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a suite a plan, for the dashboards of CI systems: a case a drill,
// which fails where it is overdue, and a case a run. Runs that are gone or cannot be
// read, and findings past due, are suites of their own.
func JUnit(w io.Writer, r *Report) error {
	out := junitSuites{Name: "drplan " + r.Period.Name}
	for _, p := range r.Plans {
		s := junitSuite{Name: report.Plain(p.Path)}
		for _, sc := range p.Scenarios {
			if sc.InPlan {
				s.add(sc.junit())
			}
		}
		for _, run := range p.Runs {
			s.add(run.junit())
		}
		out.Suites = append(out.Suites, s)
	}
	lost := junitSuite{Name: "evidence"}
	for _, a := range r.Attention {
		if a.Kind == KindMissing || a.Kind == KindUnreadable || a.Kind == KindBroken {
			lost.add(junitCase{Name: report.Plain(a.Run), Class: a.Kind, Failure: problem(a.Kind, a.Text)})
		}
	}
	late := junitSuite{Name: "findings"}
	for _, f := range r.Findings {
		c := junitCase{Name: report.Plain(f.ID + " " + f.Title), Class: "findings"}
		if f.Overdue {
			c.Failure = problem("past due", "it was due "+f.Due.String()+", owner "+f.Owner)
		}
		late.add(c)
	}
	for _, s := range []junitSuite{lost, late} {
		if s.Tests > 0 {
			out.Suites = append(out.Suites, s)
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	if c.Time == "" {
		c.Time = "0.000"
	}
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func problem(message, text string) *junitProblem {
	return &junitProblem{report.Plain(message), report.Plain(text)}
}

func (s *Scenario) junit() junitCase {
	c := junitCase{Name: report.Plain(s.ID), Class: "drills"}
	switch {
	case s.Overdue == nil:
		c.Skipped = problem("no due date", s.NextReason)
	case *s.Overdue:
		c.Failure = problem("overdue since "+s.Next.String(), s.NextReason)
	}
	return c
}

func (r *Run) junit() junitCase {
	c := junitCase{Name: report.Plain(r.ID), Class: report.Plain("runs." + r.Scenario), Time: fmt.Sprintf("%.3f", r.Duration.Seconds())}
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
