package report

import (
	"encoding/xml"
	"fmt"
	"io"
)

type junitSuite struct {
	XMLName   xml.Name    `xml:"testsuite"`
	Name      string      `xml:"name,attr"`
	Tests     int         `xml:"tests,attr"`
	Failures  int         `xml:"failures,attr"`
	Skipped   int         `xml:"skipped,attr"`
	Time      string      `xml:"time,attr"`
	Timestamp string      `xml:"timestamp,attr,omitempty"`
	Cases     []junitCase `xml:"testcase"`
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

// JUnit writes a run as a suite of tests, for the dashboards of CI systems: a case a
// step, and one each for RTO and RPO where the run has a target for them. A step that
// was not reached or not needed is skipped; so is an objective that was not measured.
func JUnit(w io.Writer, s *Summary) error {
	suite := junitSuite{Name: plain(s.Scenario), Time: junitTime(s.Duration)}
	if !s.StartedAt.IsZero() {
		suite.Timestamp = s.StartedAt.Format("2006-01-02T15:04:05")
	}
	for _, step := range s.Steps {
		suite.Cases = append(suite.Cases, junitStep(step))
	}
	suite.objective("RTO", s.RTO.Target, s.RTO.Actual, s.RTO.Met, s.RTO.Reason)
	suite.objective("RPO", s.RPO.Target, s.RPO.Actual, s.RPO.Met, s.RPO.Reason)
	for _, c := range suite.Cases {
		suite.Tests++
		if c.Failure != nil {
			suite.Failures++
		}
		if c.Skipped != nil {
			suite.Skipped++
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func junitTime(d Seconds) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func junitStep(s Step) junitCase {
	c := junitCase{Name: plain(s.ID), Class: s.Phase, Time: junitTime(s.Duration)}
	text := s.Reason
	if s.Error != nil {
		text = *s.Error
	}
	switch s.Status {
	case "succeeded":
	case "failed", "timed_out", "cancelled":
		c.Failure = &junitProblem{Message: StatusWord(s.Status), Text: plain(text)}
	default:
		c.Skipped = &junitProblem{Message: StatusWord(s.Status), Text: plain(text)}
	}
	return c
}

// objective adds the case of an objective that the run is held to.
func (j *junitSuite) objective(name string, target, actual Seconds, met *bool, reason *string) {
	if !target.Known {
		return
	}
	c := junitCase{Name: name, Class: "objectives", Time: junitTime(actual)}
	text := ""
	if reason != nil {
		text = plain(*reason)
	}
	switch {
	case met == nil:
		c.Skipped = &junitProblem{Message: "not judged", Text: text}
	case !*met:
		c.Failure = &junitProblem{Message: fmt.Sprintf("%s of %s", Duration(actual.Duration), Duration(target.Duration)), Text: text}
	}
	j.Cases = append(j.Cases, c)
}
