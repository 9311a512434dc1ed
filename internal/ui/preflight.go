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
	var bad, off []engine.Check
	var over []string
	for _, c := range ev.Checks {
		switch {
		case !c.Passed():
			bad = append(bad, c)
		case c.Override != "":
			over = append(over, fmt.Sprintf("%s.%s overridden (%s): %s", c.Node, c.Name, c.Override, c.Message))
		case c.Deferred:
			off = append(off, c)
		}
	}
	text := fmt.Sprintf("preflight of %s %s, %s", ev.Phase, words(string(ev.Outcome)), count(len(ev.Checks), "check"))
	if len(off) > 0 {
		text += fmt.Sprintf(", %d put off", len(off))
	}
	why := append(each(bad), over...)
	if len(why) == 0 {
		why = each(off)
		if left := len(why) - mostReasons; left > 0 {
			why = append(why[:mostReasons], count(left, "more reason"))
		}
	}
	return reasoned(text, strings.Join(why, "; "))
}

// mostReasons bounds how many reasons a line gives for what was put off.
const mostReasons = 3

// each says each message once, the one of the most checks first.
func each(checks []engine.Check) []string {
	times, first := map[string]int{}, map[string]string{}
	var messages []string
	for _, c := range checks {
		m := cmp.Or(c.Message, c.Name)
		if times[m]++; times[m] == 1 {
			first[m] = c.Node + "." + c.Name
			messages = append(messages, m)
		}
	}
	slices.SortStableFunc(messages, func(a, b string) int { return times[b] - times[a] })
	for i, m := range messages {
		who := first[m]
		if n := times[m]; n > 1 {
			who += fmt.Sprintf(" and %d more", n-1)
		}
		messages[i] = who + ": " + m
	}
	return messages
}
