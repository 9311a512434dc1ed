package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var curlWithoutFail = Rule{
	ID: "curl-without-fail", Severity: plans.SeverityWarning,
	Summary: "A check with curl that an error page passes.",
	Why: "curl succeeds when the server answers, whatever it answers: a 503 is an answer. With `-f` (`--fail`) the status 400 and above is exit code 22 (curl's manual, option --fail). " +
		"The rule is about requests whose status nobody looks at: not those whose output goes into another command or a variable, nor those that send something, nor what the rule no-verification speaks of.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			if c.Name != "curl" || c.Piped || c.Captured || sendsOrStores(c) || failsOnError(c) || p.lastLook(c) || c.Field.judged() {
				continue
			}
			hint := "write `curl -f …`"
			asks := func(http string) string {
				if c.Field != nil {
					return "the assertion `" + http + "`"
				}
				return "the step `verify: {" + http + "}`, which waits until it is so"
			}
			for _, w := range c.Words() {
				if c.Field != nil && (c.Field.InPod || c.Step.Kind.Type != "verify") {
					break
				}
				if strings.HasPrefix(w, "http") && sayable(w) && !stores(c) {
					hint += ", or " + asks("http: {url: "+scalar(w)+"}")
					break
				}
			}
			p.add(p.callFinding(c, hint, "curl succeeds with an error page too: nothing looks at the status"), p.addFail(c))
		}
	},
}

// stores reports whether curl keeps what it gets.
func stores(c *Call) bool { return c.short("o") || c.short("O") || c.On("--output", "--remote-name") }

func failsOnError(c *Call) bool {
	return c.short("f") || c.On("--fail", "--fail-with-body", "--fail-early") || slices.ContainsFunc(c.Args, func(a string) bool {
		return a == "-w" || a == "-K" || strings.HasPrefix(a, "--write-out") || a == "--version"
	})
}

// addFail puts -f behind the word curl, where it is found.
func (p *Pass) addFail(c *Call) []Edit {
	if c.node == nil || c.Within || c.Step.Field("script") != c.node {
		return nil
	}
	text := c.node.Value[c.from:c.to]
	if !strings.HasPrefix(text, "curl ") {
		return nil
	}
	f := p.Doc.FindingInside(c.node, c.from, c.from+len("curl"), "", "", "", "")
	if f.EndColumn-f.Column != len("curl") {
		return nil
	}
	return p.splice(f.Line, f.Column, "curl", "curl -f")
}
