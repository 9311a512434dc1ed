package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
)

// degradation is what reports read of the outputs of a step that came to its end
// only in part, which its plan accepts. The names are those of package steps.
type degradation struct {
	Degraded bool `json:"degraded"`
	Errors   int  `json:"errors"`
	Warnings int  `json:"warnings"`
}

func degradationOf(outputs json.RawMessage) degradation {
	var d degradation
	if json.Unmarshal(outputs, &d) != nil { // they may be anything
		return degradation{}
	}
	return d
}

// String says how far short it fell.
func (d degradation) String() string {
	var parts []string
	if d.Errors > 0 {
		parts = append(parts, plural(d.Errors, "error"))
	}
	if d.Warnings > 0 {
		parts = append(parts, plural(d.Warnings, "warning"))
	}
	text := "ended only in part, which the plan accepts"
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// degrade marks a step that came to its end only in part, or an instance of which
// did.
func (s *Step) degrade() {
	if s.Status == string(engine.Succeeded) && len(s.Instances) == 0 {
		s.Degraded = degradationOf(s.Outputs).Degraded
	}
	s.Degraded = s.Degraded || slices.ContainsFunc(s.Instances, func(in Step) bool { return in.Degraded })
}

// degraded notes each step that is.
func (f *facts) degraded(steps []Step) (notes []Note) {
	for _, s := range steps {
		if !s.Degraded {
			continue
		}
		if len(s.Instances) > 0 {
			notes = append(notes, f.degraded(s.Instances)...)
			continue
		}
		notes = append(notes, Note{At: instant(f.wall(s.end)), Kind: "degraded", Step: instanceID{s.ID, s.Key}.String(),
			Text: degradationOf(s.Outputs).String() + ": what no check looked at may be missing"})
	}
	return notes
}

// unproven notes what steps that succeeded meant to prove, and could not. The
// output's name is that of package steps.
func (f *facts) unproven(steps []Step) (notes []Note) {
	for _, s := range steps {
		if len(s.Instances) > 0 {
			notes = append(notes, f.unproven(s.Instances)...)
			continue
		}
		var open struct {
			Unproven string `json:"unproven"`
		}
		if s.Status == string(engine.Succeeded) && json.Unmarshal(s.Outputs, &open) == nil && open.Unproven != "" {
			notes = append(notes, Note{At: instant(f.wall(s.end)), Kind: "unproven", Step: instanceID{s.ID, s.Key}.String(), Text: open.Unproven})
		}
	}
	return notes
}
