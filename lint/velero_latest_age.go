package lint

import (
	"github.com/drplan/drplan/engine"
)

var veleroLatestAge = Rule{
	ID: "velero-latest-age", Severity: Off,
	Summary: "The newest backup may be any age.",
	Why: "Schedules stop without a sound: a credential expires, a bucket is full, somebody paused them before an upgrade. The newest backup that is found then is weeks old, and the recovery goes well with it. " +
		"With `max_age` the step fails instead and names what it skipped, in a drill long before the disaster; on the day `--param` can raise it, where `max_age` is a parameter. On the day an old backup is better than none, and the RPO is measured: the rule is off unless it is asked for. It is about `velero_latest` and `s3_latest` in a procedure with an RPO.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			for _, st := range sec.Steps {
				latest := st.Kind.Type == "velero_latest" || st.Kind.Type == "s3_latest"
				if latest && st.Phase == engine.PhaseProcedure && sec.Objective.RPO > 0 && st.Field("max_age") == nil {
					p.Report(st.Type.Key, "add `max_age: "+span(sec.Objective.RPO)+"`, or what the backup's schedule keeps", "this takes the newest backup however old it is, and the RPO is %s", span(sec.Objective.RPO))
				}
			}
		}
	},
}
