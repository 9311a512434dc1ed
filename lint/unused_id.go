package lint

var unusedID = Rule{
	ID: "unused-id", Severity: Off,
	Summary: "An id that nothing in the plan refers to.",
	Why: "Reports, `drplan settle` and `drplan approve` name steps by their ids, so an id of its own is worth having even where no `needs` and no expression " +
		"refers to it. The rule is off; ask for it to find ids that were left behind.",
	Check: func(p *Pass) {
		for _, family := range p.families() {
			u := usageOf(family...)
			for _, sec := range family {
				for _, st := range sec.Steps {
					if st.Step.ID.Node != nil && !u.steps[st.ID] && !u.needs[st.ID] {
						p.Report(st.Step.ID.Node, "leave it out, unless people use it", "nothing in the plan refers to the id %q", st.ID)
					}
				}
			}
		}
	},
}
