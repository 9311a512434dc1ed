package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/drplan/drplan/engine"
)

// preflightLine says what does not hold, and what was put off and why: a check that
// nobody could make must not pass for one that held.
func preflightLine(ev engine.Event) string {
	if len(ev.Checks) == 0 {
		return ""
	}
	var bad []string
	var off []engine.Check
	for _, c := range ev.Checks {
		switch {
		case !c.Passed():
			bad = append(bad, fmt.Sprintf("%s.%s: %s", c.Node, c.Name, c.Message))
		case c.Override != "":
			bad = append(bad, fmt.Sprintf("%s.%s overridden (%s): %s", c.Node, c.Name, c.Override, c.Message))
		case c.Deferred:
			off = append(off, c)
		}
	}
	text := fmt.Sprintf("preflight of %s %s, %s", ev.Phase, words(string(ev.Outcome)), count(len(ev.Checks), "check"))
	if len(off) > 0 {
		text += fmt.Sprintf(", %d put off", len(off))
		if len(bad) == 0 {
			bad = whyOff(off)
		}
	}
	return reasoned(text, strings.Join(bad, "; "))
}

// mostReasons bounds how many reasons a line gives for what was put off.
const mostReasons = 3

// whyOff gives each reason once, the one of the most checks first.
func whyOff(off []engine.Check) []string {
	times, first := map[string]int{}, map[string]string{}
	var reasons []string
	for _, c := range off {
		why := cmp.Or(c.Message, c.Name)
		if times[why]++; times[why] == 1 {
			first[why] = c.Node + "." + c.Name
			reasons = append(reasons, why)
		}
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return times[b] - times[a] })
	var texts []string
	for _, why := range reasons[:min(mostReasons, len(reasons))] {
		who := first[why]
		if n := times[why]; n > 1 {
			who += fmt.Sprintf(" and %d more", n-1)
		}
		texts = append(texts, who+": "+why)
	}
	if left := len(reasons) - len(texts); left > 0 {
		texts = append(texts, count(left, "more reason"))
	}
	return texts
}
