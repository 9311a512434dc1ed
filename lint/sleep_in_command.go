package lint

import (
	"time"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

var sleepInCommand = Rule{
	ID: "sleep-in-command", Severity: plans.SeverityInfo,
	Summary: "A command sleeps, and nobody knows for what.",
	Why: "A sleep is too long on a good day and too short on a bad one: every minute of it counts for the RTO, and what it waits for is never asked for. `kube_wait`, `verify` and " +
		"`etcd_health` end when what they wait for is there. Where a time must pass, `timer:` says so, is planned time in reports, and goes on after a crash where it was. " +
		"Sleeps under 10 seconds and those of a loop that polls are not counted.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			d := slept(c)
			if d < 10*time.Second || c.Looped {
				continue
			}
			if c.Field != nil && c.Step.Kind.Type == "verify" {
				p.ReportCall(c, "leave it out: a verification looks again until what it looks for is so", "this sleeps for %s in every look of the verification", span(d))
				continue
			}
			hint := "wait for what is to come, with `kube_wait:` or `verify:`; where only time must pass, write `timer: " + span(d) + "`"
			fix := p.swap(c, &typedStep{Type: "timer", Fields: span(d), Safe: true})
			p.add(p.callFinding(c, hint, "this sleeps for "+span(d)+", whatever it is that is waited for"), fix)
		}
	},
}

// slept is how long a command sleeps; 0 where it does not, or nobody can tell.
func slept(c *Call) time.Duration {
	if c.Name != "sleep" || c.Within {
		return 0
	}
	var total time.Duration
	for _, a := range c.Args {
		d, err := steps.ParseDuration(a)
		if err != nil {
			d, err = steps.ParseDuration(a + "s")
		}
		if err != nil {
			return 0
		}
		total += d
	}
	return total
}
