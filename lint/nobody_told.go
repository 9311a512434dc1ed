package lint

import (
	"slices"

	"github.com/drplan/drplan/plans"
)

var nobodyTold = Rule{
	ID: "nobody-told", Severity: plans.SeverityWarning,
	Summary: "A message of a run would reach nobody.",
	Why: "A channel takes only the `events` and what is for the roles of `contact` that it names. Where a plan has channels and none of them takes that a step waits for a person, " +
		"the run waits unseen; where none is read by those who are called when nobody reacts, an escalation goes nowhere.",
	Check: func(p *Pass) {
		n := &p.Plan().Notifications
		if len(n.Channels) == 0 {
			return
		}
		if st := p.waitsForPeople(); st != nil && !slices.ContainsFunc(n.Channels, takesWaiting) {
			p.Report(p.keyOf("notifications"), "add `waiting` to the `events` of a channel", "a step waits for a person, such as %q, and no channel is told of it", st.Name.Value)
		}
		for _, role := range escalation(p.Plan()) {
			if !slices.ContainsFunc(n.Channels, func(c plans.Entry[plans.Channel]) bool { return readBy(&c.Value, role) }) {
				p.Report(p.keyOf("notifications"), "add "+role+" to the `contact` of a channel that they read", "%s is called when nobody reacts, and reads no channel", role)
			}
		}
	},
}

// waitsForPeople is the first step that does; nil: none does.
func (s *Subject) waitsForPeople() *plans.OutlineStep {
	for _, st := range s.Steps() {
		if st.Kind.Wait == "approval" || st.Kind.Wait == "duration" {
			return st
		}
	}
	return nil
}

func takesWaiting(c plans.Entry[plans.Channel]) bool {
	return len(c.Value.Events) == 0 || slices.ContainsFunc(c.Value.Events, func(e plans.Text) bool { return e.Value == "waiting" })
}

func readBy(c *plans.Channel, role string) bool {
	return len(c.Contact) == 0 || slices.ContainsFunc(c.Contact, func(r plans.Text) bool { return r.Value == role })
}

// escalation are the roles that are called when nobody reacts.
func escalation(p *plans.Plan) (roles []string) {
	if p.Notifications.EscalateTo != nil {
		for _, r := range p.Notifications.EscalateTo {
			roles = append(roles, r.Value)
		}
		return roles
	}
	for _, role := range []string{"secondary", "on_call"} {
		if _, ok := p.Contact.Get(role); ok {
			roles = append(roles, role)
		}
	}
	return roles
}
