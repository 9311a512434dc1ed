package notify

import (
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// closing tells how the run ended or stopped. What was open until then is part of it.
//
// A recovery that went badly tells everybody at once: no process is left that could
// wait for a reaction. A drill's end opens a call, for whoever looks at it later.
func (f *Fold) closing(ev *engine.Event) []Message {
	f.calls = nil
	s := report.Summarize(&report.Run{Header: f.header, Events: f.events})
	kind, name := Ended, "ended"
	if ev.Kind == engine.RunStopped {
		kind, name = Stopped, "stopped"
	}
	m := f.message(kind, TopicEnd, numbered(name, ev), ev.Wall, s.Headline()+": "+f.name())
	m.Summary = s
	m.Facts = append(outcomes(s), causes(s)...)
	if len(s.RootCauses) == 0 {
		m.Detail = ev.Reason
	}
	m.Do = f.afterwards(s)
	bad := s.ExitCode(false) != 0
	if bad && f.header.Mode == engine.ModeRecovery {
		m.To, f.woken = f.everybody(), true
	}
	f.final = m
	if bad && !f.stopping && f.header.Mode != engine.ModeRecovery {
		return f.open(m, instance{}, true, ev.Wall)
	}
	return f.tell(m)
}

// outcomes are RTO and RPO beside their targets.
func outcomes(s *report.Summary) []Fact {
	var out []Fact
	for _, o := range []struct {
		name string
		v    report.Verdict
		any  bool
	}{
		{"RTO", s.RTOVerdict(), s.RTO.Target.Known || s.RTO.Actual.Known},
		{"RPO", s.RPOVerdict(), s.RPO.Target.Known || s.RPO.Actual.Known},
	} {
		if o.any {
			out = append(out, Fact{o.name, strings.TrimSpace(o.v.Value + ", " + o.v.Mark)})
		}
	}
	if s.Duration.Known {
		out = append(out, Fact{"Took", report.Duration(s.Duration.Duration)})
	}
	return out
}

// maxCauses bounds how many causes a message names.
const maxCauses = 3

func causes(s *report.Summary) []Fact {
	var out []Fact
	for i, c := range s.RootCauses {
		if i == maxCauses {
			return append(out, Fact{"And", fmt.Sprintf("%d more", len(s.RootCauses)-i)})
		}
		step := c.Step
		if step == "" {
			step = "preflight"
		}
		what := "Failed: "
		if c.Status == string(engine.StatusInDoubt) {
			what = "In doubt: "
		}
		out = append(out, Fact{what + step, c.Error})
	}
	return out
}

// afterwards is what to type next.
func (f *Fold) afterwards(s *report.Summary) []string {
	var do []string
	for _, id := range f.doubts {
		do = append(do, f.command("settle", id.String())+" done|failed|rerun --reason TEXT")
	}
	again := s.Result == report.Failed && f.header.Mode == engine.ModeRecovery // a drill's cleanup may have begun
	if again || s.Result == report.InDoubt || s.Result == report.Interrupted {
		do = append(do, "drplan run --resume "+f.header.RunID+f.config.Flags)
	}
	return append(do, f.command("report", "")+" -o html -f "+f.header.RunID+".html")
}

// gone tells that the process that drove the run is not there any more.
func (f *Fold) gone() []Message {
	title := fmt.Sprintf("%s stands still: %s; the process that drove it is gone", f.mode(), f.name())
	m := f.message(Stopped, TopicEnd, fmt.Sprintf("gone/%d", len(f.events)), f.last, title)
	m.To = f.everybody()
	m.Facts = append(f.targets(), Fact{"Last sign of life", instant(f.last)})
	m.Do = []string{"drplan run --resume " + f.header.RunID + f.config.Flags}
	return f.tell(m)
}
