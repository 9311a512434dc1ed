package engine

import (
	"fmt"
	"strings"
)

// hidden events are left out of a quiet scenario.
var hidden = map[EventKind]bool{PhaseStarted: true, PreflightDone: true, StepResolving: true, StepResolved: true, PhaseEnded: true}

// show writes what a Ready holds: events, then after an arrow what to do.
func (p *player) show(rd Ready) {
	for _, e := range rd.Events {
		if !p.quiet || !hidden[e.Kind] || e.Error != "" {
			p.out.WriteString(showEvent(e) + "\n")
		}
	}
	if !p.quiet {
		for _, phase := range rd.Preflight {
			fmt.Fprintf(&p.out, "  -> preflight %s\n", phase)
		}
		for _, id := range rd.Resolve {
			fmt.Fprintf(&p.out, "  -> resolve %s\n", id)
		}
	}
	p.showAttempts("reconcile", rd.Reconcile)
	p.showAttempts("start", rd.Start)
	p.showAttempts("cancel", rd.Cancel)
	p.showAttempts("ask", rd.Asked)
	if rd.Closed {
		p.out.WriteString("  -> closed\n")
	}
}

func (p *player) showAttempts(what string, list []Attempt) {
	for _, a := range list {
		fmt.Fprintf(&p.out, "  -> %s %s", what, label(a.Node, a.Key))
		if a.Attempt > 0 {
			fmt.Fprintf(&p.out, " #%d", a.Attempt)
		}
		if a.Attach {
			p.out.WriteString(" attach")
		}
		if a.Reason+a.Prompt != "" {
			fmt.Fprintf(&p.out, " (%s)", a.Reason+a.Prompt)
		}
		p.out.WriteString("\n")
	}
}

// showEvent is one line: time, kind, what it is about, then what else is set.
func showEvent(e Event) string {
	words := []string{e.T.String(), string(e.Kind)}
	add := func(format string, set bool, v any) {
		if set {
			words = append(words, fmt.Sprintf(format, v))
		}
	}
	add("%s", e.Phase != "", e.Phase)
	add("%s", e.Node != "", label(e.Node, e.Key))
	add("#%d", e.Attempt > 0, e.Attempt)
	add("%s", e.Whole, "whole")
	add("%s", e.Outcome != "", e.Outcome)
	add("%s", e.Verdict != "", e.Verdict)
	add("%s", e.Result != "", e.Result)
	if e.When != nil {
		add("when=%t", true, *e.When)
	}
	for _, it := range e.Items {
		add("[%s]", true, it.Key)
	}
	for _, c := range e.Checks {
		add("check=%s", true, c.Name)
	}
	add("until=%s", e.Deadline > 0, e.Deadline)
	add("wait_for=%s", e.WaitFor > 0, e.WaitFor)
	add("gap=%s", e.Gap > 0, e.Gap)
	add("%s", e.Final, "final")
	add("%s", e.Simulated, "simulated")
	add("by=%s", e.By != "", e.By)
	add("out=%s", len(e.Outputs) > 0, e.Outputs)
	add("(%s)", e.Reason != "", e.Reason)
	add("error: %s", e.Error != "", e.Error)
	return strings.Join(words, " ")
}

// showState writes where the run and every node stand.
func (p *player) showState() {
	v := p.m.View()
	fmt.Fprintf(&p.out, "run: %s %s\n", v.Run().Status, v.Run().Result)
	for n := range v.Nodes() {
		fmt.Fprintf(&p.out, "%s: %s %s\n", n.ID, n.Status, n.Outcome)
		for in := range n.Instances() {
			if in.Key != "" {
				fmt.Fprintf(&p.out, "%s: %s %s\n", label(n.ID, in.Key), in.Status, in.Outcome)
			}
		}
	}
}

// counters are the derived numbers of a machine.
func (m *Machine) counters() []string {
	out := []string{fmt.Sprint(m.slots, m.reconciling, m.doubts)}
	for i := range m.phases {
		p := &m.phases[i]
		out = append(out, fmt.Sprint(p.id, p.nodes, p.always, p.open, p.normal, p.bad, p.failed))
	}
	for i := range m.nodes {
		n := &m.nodes[i]
		out = append(out, fmt.Sprint(n.def.ID, n.dependents, n.open, n.bad, n.badReal, n.spoiled, n.spoiledReal, n.openItems, n.slots))
	}
	return out
}
