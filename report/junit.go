package report

import (
	"fmt"
	"io"

	"github.com/drplan/drplan/internal/junit"
)

// JUnit writes a run as a suite of tests, for the dashboards of CI systems: a case a
// step, and one each for RTO and RPO where the run has a target for them. A step that
// was not reached or not needed is skipped; so is an objective that was not measured.
func JUnit(w io.Writer, s *Summary) error {
	suite := junit.Suite{Name: plain(s.Scenario), Time: junitTime(s.Duration)}
	if !s.StartedAt.IsZero() {
		suite.Timestamp = s.StartedAt.Format("2006-01-02T15:04:05")
	}
	for _, step := range s.Steps {
		suite.Add(junitStep(step))
	}
	addObjective(&suite, "RTO", s.RTO.Target, s.RTO.Actual, s.RTO.Met, s.RTO.Reason)
	addObjective(&suite, "RPO", s.RPO.Target, s.RPO.Actual, s.RPO.Met, s.RPO.Reason)
	return junit.Write(w, suite)
}

func junitTime(d Seconds) string { return junit.Seconds(d.Duration) }

func junitStep(s Step) junit.Case {
	c := junit.Case{Name: plain(s.ID), Class: s.Phase, Time: junitTime(s.Duration)}
	text := s.Reason
	if s.Error != nil {
		text = *s.Error
	}
	switch s.Status {
	case "succeeded":
	case "failed", "timed_out", "cancelled":
		c.Failure = &junit.Problem{Message: StatusWord(s.Status), Text: plain(text)}
	default:
		c.Skipped = &junit.Problem{Message: StatusWord(s.Status), Text: plain(text)}
	}
	return c
}

// addObjective adds the case of an objective that the run is held to.
func addObjective(suite *junit.Suite, name string, target, actual Seconds, met *bool, reason *string) {
	if !target.Known {
		return
	}
	c := junit.Case{Name: name, Class: "objectives", Time: junitTime(actual)}
	text := ""
	if reason != nil {
		text = plain(*reason)
	}
	switch {
	case met == nil:
		c.Skipped = &junit.Problem{Message: "not judged", Text: text}
	case !*met:
		c.Failure = &junit.Problem{Message: fmt.Sprintf("%s of %s", Duration(actual.Duration), Duration(target.Duration)), Text: text}
	}
	suite.Add(c)
}
