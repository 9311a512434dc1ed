package notify

import (
	"fmt"
	"slices"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// call is a message that wants a reaction.
type call struct {
	told      Message
	due       time.Time // when others are told
	of        instance
	failure   bool // else a wait
	escalated bool
}

// open opens a call for a message. due is when a reaction is first expected.
func (f *Fold) open(m Message, of instance, failure bool, due time.Time) []Message {
	f.calls = append(f.calls, &call{told: m, of: of, failure: failure, due: due.Add(f.config.EscalateAfter)})
	return f.tell(m)
}

// close drops the calls that are over.
func (f *Fold) close(over func(*call) bool) { f.calls = slices.DeleteFunc(f.calls, over) }

// everybody are those who are told first and those who are told next.
func (f *Fold) everybody() []string {
	all := f.config.First()
	for _, role := range f.config.EscalateTo {
		if !slices.Contains(all, role) {
			all = append(all, role)
		}
	}
	return all
}

// escalate tells those who are called next.
func (f *Fold) escalate(c *call) Message {
	c.escalated, f.woken = true, true
	m := c.told
	m.Kind, m.ID, m.At = Escalated, "escalated/"+c.told.ID, c.due.UTC()
	if m.To = f.config.EscalateTo; len(m.To) == 0 {
		m.To = f.config.First() // once more
	}
	m.Title = fmt.Sprintf("Nobody has reacted for %s: %s", report.Duration(f.config.EscalateAfter), c.told.Title)
	m.Facts = append(slices.Clone(m.Facts), Fact{"First told", instant(c.told.At)})
	if ack := f.command("ack", ""); c.failure && !slices.Contains(m.Do, ack) {
		m.Do = append(slices.Clone(m.Do), ack)
	}
	return m
}

// waits tells that a step waits for a person. What people do is expected to take its
// planned time.
func (f *Fold) waits(id instance, ev *engine.Event) []Message {
	n := f.nodes[ev.Node]
	if n == nil || !n.Wait.People() || n.Wait == engine.WaitDuration && f.header.Options.SimulateWaits {
		return nil
	}
	title, verb, expected := "Approval needed: ", "approve", ev.Wall
	if n.Wait == engine.WaitDuration {
		title, verb, expected = "By hand now: ", "done", ev.Wall.Add(ev.WaitFor)
	}
	m := f.message(Waiting, TopicWaiting, numbered("waiting/"+id.String(), ev), ev.Wall, title+n.Name)
	m.Step, m.Detail = id.String(), ev.Prompt
	m.Facts = []Fact{{f.mode(), f.name()}, {"Step", id.String()}}
	if ev.WaitFor > 0 {
		m.Facts = append(m.Facts, Fact{"Planned time", report.Duration(ev.WaitFor)})
	}
	m.Do = []string{f.command(verb, id.String())}
	return f.open(m, id, false, expected)
}

// answered closes a wait. Those who were called because of it are told so.
func (f *Fold) answered(id instance, ev *engine.Event) []Message {
	var out []Message
	for _, c := range f.calls {
		if c.failure || c.of != id || !c.escalated {
			continue
		}
		m := f.message(Answered, TopicWaiting, "answered/"+c.told.ID, ev.Wall, "Answered: "+c.told.Title)
		m.Step = id.String()
		if ev.By != "" {
			m.Facts = []Fact{{"By", ev.By}}
		}
		out = append(out, m)
	}
	f.close(func(c *call) bool { return !c.failure && c.of == id })
	return out
}

// maxFailures bounds how many failed steps of one run are told one by one; the rest
// stands in the message at its end.
const maxFailures = 10

// stepEnded tells that a step failed by itself, once for each step.
func (f *Fold) stepEnded(id instance, ev *engine.Event) []Message {
	n := f.nodes[ev.Node]
	if n == nil || n.ContinueOnError || ev.Outcome != engine.Failed && ev.Outcome != engine.TimedOut {
		f.close(func(c *call) bool { return c.failure && c.of == id && ev.Outcome == engine.Succeeded })
		return nil
	}
	known := slices.ContainsFunc(f.calls, func(c *call) bool { return c.failure && c.of.node == ev.Node })
	if known || ev.Whole || f.failures >= maxFailures {
		return nil
	}
	f.failures++
	title := "Step failed: "
	if ev.Outcome == engine.TimedOut {
		title = "Step timed out: "
	}
	m := f.message(Failed, TopicFailure, numbered("failed/"+id.String(), ev), ev.Wall, title+n.Name)
	m.Step, m.Detail = id.String(), ev.Error
	m.Facts = []Fact{{f.mode(), f.name()}, {"Step", id.String()}, {"Phase", string(n.Phase)}}
	m.Do = []string{f.command("report", ""), f.command("ack", "")}
	return f.open(m, id, true, ev.Wall)
}

// preflight tells of a phase that was refused after the run had begun. Of the first
// one the end tells, which follows at once.
func (f *Fold) preflight(ev *engine.Event) []Message {
	if ev.Outcome == engine.Succeeded {
		f.began = true
		return nil
	}
	if !f.began {
		return nil
	}
	m := f.message(Failed, TopicFailure, numbered("failed/preflight_"+string(ev.Phase), ev), ev.Wall, fmt.Sprintf("Preflight of %s does not hold: %s", ev.Phase, f.name()))
	for _, c := range ev.Checks {
		if !c.Passed() && len(m.Facts) < maxFailures {
			m.Facts = append(m.Facts, Fact{c.Name, c.Message})
		}
	}
	m.Do = []string{f.command("report", ""), f.command("ack", "")}
	return f.open(m, instance{node: "preflight of " + string(ev.Phase)}, true, ev.Wall)
}
