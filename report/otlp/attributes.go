package otlp

import (
	"github.com/drplan/drplan/report"
)

// attributes collects; what is empty or was not measured is left out.
type attributes []attribute

func (a *attributes) text(key, s string) {
	if s != "" {
		*a = append(*a, attribute{key, value{String: &s}})
	}
}

func (a *attributes) number(key string, n int) {
	v := nanos(n)
	*a = append(*a, attribute{key, value{Int: &v}})
}

func (a *attributes) flag(key string, b bool) {
	*a = append(*a, attribute{key, value{Bool: &b}})
}

func (a *attributes) perhaps(key string, b *bool) {
	if b != nil {
		a.flag(key, *b)
	}
}

func (a *attributes) seconds(key string, s report.Seconds) {
	if s.Known {
		v := s.Seconds()
		*a = append(*a, attribute{key, value{Double: &v}})
	}
}

// ofRun are the attributes of the run's span.
func ofRun(s *report.Summary) attributes {
	var a attributes
	a.text("drplan.run.id", s.RunID)
	a.text("drplan.run.mode", s.Mode)
	a.text("drplan.run.result", string(s.Result))
	a.text("drplan.run.user", s.User)
	a.flag("drplan.run.degraded", s.Degraded)
	a.text("drplan.scenario.id", s.Scenario)
	a.text("drplan.scenario.name", s.Title)
	a.text("drplan.procedure", s.Procedure)
	a.text("drplan.plan.path", s.Plan.Path)
	a.text("drplan.plan.version", s.Plan.Version)
	a.text("drplan.plan.sha256", s.Plan.SHA256)
	a.seconds("drplan.rto.target_seconds", s.RTO.Target)
	a.seconds("drplan.rto.actual_seconds", s.RTO.Actual)
	a.perhaps("drplan.rto.met", s.RTO.Met)
	a.flag("drplan.rto.estimated", s.RTO.Estimated)
	a.seconds("drplan.rpo.target_seconds", s.RPO.Target)
	a.seconds("drplan.rpo.actual_seconds", s.RPO.Actual)
	a.perhaps("drplan.rpo.met", s.RPO.Met)
	if s.RPO.Basis != nil {
		a.text("drplan.rpo.basis", *s.RPO.Basis)
	}
	return a
}

// ofStep are the attributes of a step's span, or an instance's.
func ofStep(s *report.Step) attributes {
	var a attributes
	a.text("drplan.step.id", s.ID)
	a.text("drplan.step.key", s.Key)
	a.text("drplan.step.type", s.Type)
	a.text("drplan.step.phase", s.Phase)
	a.text("drplan.step.status", s.Status)
	a.text("drplan.step.reason", s.Reason)
	a.text("drplan.step.settled_by", s.SettledBy)
	a.number("drplan.step.attempts", s.Attempts)
	a.flag("drplan.step.on_critical_path", s.OnCriticalPath)
	a.seconds("drplan.step.slack_seconds", s.Slack)
	if s.Simulated {
		a.flag("drplan.step.simulated", true)
	}
	if s.Degraded {
		a.flag("drplan.step.degraded", true)
	}
	return a
}
