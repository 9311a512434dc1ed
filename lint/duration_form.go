package lint

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

var durationForm = Rule{
	ID: "duration-form", Severity: Off,
	Summary: "A length of time that is hard to read.",
	Why: "`PT15M`, `0.25h` and `900s` are all fifteen minutes, and drplan takes them all. Plans are read under stress; where everybody writes `15m` a typing error shows. " +
		"The rule is off; with it, `--fix` writes the usual form.",
	Check: func(p *Pass) {
		for _, n := range p.durations() {
			d, err := steps.ParseDuration(n.Value)
			if err != nil || d == 0 || !unusual(n.Value, d) {
				continue
			}
			want := usual(d)
			p.ReportFix(n, p.replace(n, requote(n, want)), "write `"+want+"`", "%s is hard to read", n.Value)
		}
	},
}

// durations lists the scalars that are lengths of time.
func (s *Subject) durations() []*yaml.Node {
	var out []*yaml.Node
	add := func(d plans.Duration) {
		if d.Node != nil {
			out = append(out, d.Node)
		}
	}
	for _, t := range s.Plan().Targets {
		add(t.Value.RPO)
		add(t.Value.RTO)
	}
	for _, b := range s.Plan().Backups {
		add(b.Value.Frequency)
		add(b.Value.Retention)
	}
	add(s.Plan().Testing.Frequency)
	for _, st := range s.Steps() {
		add(st.Step.Timeout)
		add(st.Step.Retry.Backoff)
		add(st.Step.Retry.AttemptTimeout)
		if st.Kind.New != nil {
			for _, f := range st.Kind.Fields() {
				if n := st.Field(f.Name); f.Type == steps.FieldDuration && n != nil && n.Kind == yaml.ScalarNode {
					out = append(out, n)
				}
			}
		}
	}
	return out
}

var isoOrFraction = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)^\s*p[0-9t]|[0-9][.,][0-9]`) })
var oneUnit = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^\s*(?:every )?([0-9]+)\s*(s|sec|secs|seconds?|m|min|mins|minutes?)\s*$`)
})

// unusual reports whether people would write the length of time otherwise: not as ISO
// 8601, no fractions, and not two minutes or more in seconds or four hours or more in
// minutes.
func unusual(s string, d time.Duration) bool {
	if isoOrFraction().MatchString(s) {
		return true
	}
	m := oneUnit().FindStringSubmatch(s)
	if m == nil {
		return false
	}
	if strings.HasPrefix(strings.ToLower(m[2]), "s") {
		return d > 2*time.Minute && d%time.Minute == 0
	}
	return d > 4*time.Hour && d%time.Hour == 0
}

// usual is a length of time as people write it.
func usual(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 && d >= 3*day {
		return strconv.Itoa(int(d/day)) + " days"
	}
	return span(d)
}

// requote is a text with the quotes of the scalar whose place it takes.
func requote(n *yaml.Node, text string) string {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return `"` + text + `"`
	case n.Style&yaml.SingleQuotedStyle != 0:
		return "'" + text + "'"
	}
	return text
}
