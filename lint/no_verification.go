package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var noVerification = Rule{
	ID: "no-verification", Severity: plans.SeverityWarning,
	Summary: "A recovery procedure does not end with a verification.",
	Why: "A procedure whose last restoring step succeeded has shown that the tools are content, not that the service is back: a Velero restore can be " +
		"Completed before volumes are hydrated (velero-io/velero#9186), `kubectl get` succeeds with nothing to get. drplan's RTO clock ends with the last " +
		"verification; without one the measured RTO is null. Kinds that verify are `verify`, `etcd_health` and `canary` with `action: check`; a command, " +
		"a person's work and an approval are none. What only tidies up afterwards (`always`) needs no verification.",
	Check: func(p *Pass) {
		for _, sec := range p.Procedures {
			if len(sec.Steps) > 0 {
				p.unverified(sec)
			}
		}
	},
}

// unverified reports a procedure that verifies nothing, or not what it does last.
func (p *Pass) unverified(sec *plans.Section) {
	verified, restored := -1, -1
	for i, st := range sec.Steps {
		switch {
		case verifies(st):
			verified = i
		case !st.Always && p.brings(st):
			restored = i
		}
	}
	last := sec.Steps[len(sec.Steps)-1]
	switch {
	case restored >= 0 && word(sec.Steps[restored], "accept_partial") == "true":
		return // velero-partial speaks
	case verified >= 0 && restored > verified:
		if c, all := p.judgedBy(sec.Steps[restored:]); c != nil {
			p.ReportCall(c, asAssertion(c, all), "this judges what was brought back, but as a command: the RTO ends with the verification before it")
			return
		}
		p.Report(sec.Steps[restored].Type.Key, "verify after it: `verify:` with `workloads_ready`, `http`, `etcd` or what shows that it is back",
			"nothing verifies what this step brings back: the last verification is before it")
	case verified < 0:
		p.nothingVerifies(sec, last)
	}
}

func (p *Pass) nothingVerifies(sec *plans.Section, last *plans.OutlineStep) {
	look := p.CallsOf(last)
	if len(look) == 0 || slices.ContainsFunc(look, func(c *Call) bool { return !c.Reads() }) {
		p.Report(sec.Procedure.Key.Node, "end it with a step such as `verify: {workloads_ready: {namespace: …}}`, `verify: {http: {url: …}}` or `etcd_health:`",
			"nothing in the procedure %q verifies that the service is back", sec.ID)
		return
	}
	message := "the procedure " + sec.ID + " ends with a command that looks and judges nothing: nothing verifies that the service is back"
	c := lastOf(look, judging)
	if c != nil && !passes(look) {
		message = "the procedure " + sec.ID + " ends with a command, which drplan cannot tell from any other: the RTO ends with a verification, and there is none"
		p.endsWith(c, asAssertion(c, look), message)
		return
	}
	if c = lastOf(look, func(c *Call) bool { return asVerification(c) != nil }); c == nil {
		c = look[len(look)-1]
	}
	hint := "write `verify: {command: {run: …}}` with what fails when the service is down, or one of its other assertions"
	if len(look) > 1 && passes(look) {
		message = "the procedure " + sec.ID + " ends with a command that passes whatever it finds: nothing verifies that the service is back"
		hint = "in `verify:` it would pass, too: write `verify:` with `workloads_ready`, `nodes_ready` or `http`, or a command that fails when the service is down"
	}
	p.endsWith(c, hint, message)
}

// endsWith reports the command that a procedure ends with, with the verification that it
// stands for, or another hint where none is known.
func (p *Pass) endsWith(c *Call, hint, message string) {
	var fix []Edit
	if t := asVerification(c); t != nil {
		hint, fix = t.Hint(), p.swap(c, t)
	}
	p.add(p.callFinding(c, hint, message), fix)
}

// lastOf is the last of some calls that is so; nil: none is.
func lastOf(list []*Call, is func(*Call) bool) *Call {
	for _, c := range slices.Backward(list) {
		if is(c) {
			return c
		}
	}
	return nil
}

// judging reports whether a command judges what it sees, and is heard.
func judging(c *Call) bool { return judges(c) && !c.Captured && !c.unheard() }

// judgedBy is a command of some steps that judges what it sees, the last one, with the
// others of its step; nil: there is none.
func (s *Subject) judgedBy(list []*plans.OutlineStep) (*Call, []*Call) {
	for _, st := range slices.Backward(list) {
		calls := s.CallsOf(st)
		if c := lastOf(calls, func(c *Call) bool { return judging(c) && c.Reads() }); c != nil {
			return c, calls
		}
	}
	return nil, nil
}

// asAssertion says how a command that judges is written as a verification, where its
// step runs these.
func asAssertion(c *Call, all []*Call) string {
	if c.Within && all[0].node == c.node && all[0].from == c.from && len(all) == 2 {
		c, all = all[0], all[:1] // it is the whole that is written: kubectl exec … -- etcdctl …
	}
	words := slices.Concat(c.before, []string{c.Dir + c.Name}, c.Args)
	if slices.ContainsFunc(words, func(w string) bool { return !sayable(w) }) || c.Piped || c.Bent || len(all) > 1 {
		return "write it as `verify: {command: {run: …}}`"
	}
	for i, w := range words {
		if !strings.HasPrefix(w, "--") || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz-=") != "" {
			words[i] = scalar(w)
		}
	}
	hint := "write it as `verify: {command: {run: [" + strings.Join(words, ", ") + "]}}`"
	if t, _ := c.Flag("--timeout"); duration(t) != "" {
		hint += " with `timeout: " + duration(t) + "`"
	}
	return hint
}

// brings reports whether a step brings something back, or changes what serves.
func (s *Subject) brings(st *plans.OutlineStep) bool {
	switch st.Kind.Type {
	case "kube_apply", "etcd_member_replace":
		return true
	}
	return st.Kind.Restores || slices.ContainsFunc(s.CallsOf(st), func(c *Call) bool {
		return c.runsAny(bringing[c.Name])
	})
}

// bringing are the subcommands that bring something back, or change what serves.
var bringing = map[string][]string{
	"velero":  {"restore create", "create restore"},
	"kubectl": {"apply", "create", "replace", "rollout restart", "rollout undo", "scale"}, "oc": {"apply", "create"},
	"helm":   {"install", "upgrade", "rollback"},
	"argocd": {"app sync", "app rollback", "app create"}, "flux": {"reconcile", "bootstrap", "resume"},
	"etcdutl": {"snapshot restore"}, "etcdctl": {"snapshot restore"},
	"systemctl":  {"start", "restart"},
	"pg_restore": {""}, "k3s": {"server"},
}

// judges reports whether a command that looks fails where it does not like what it sees.
func judges(c *Call) bool {
	switch c.Name {
	case "curl":
		return failsOnError(c)
	case "jq":
		return c.short("e") || c.On("--exit-status")
	case "awk":
		return strings.Contains(c.String(), "exit")
	}
	return slices.Contains([]string{"test", "[", "[[", "((", "grep", "egrep", "fgrep", "pg_isready", "cmp", "diff", "sha256sum", "nc", "mysqladmin"}, c.Name) || c.runsAny(map[string][]string{
		"kubectl": {"wait", "rollout status"}, "oc": {"wait", "rollout status"}, "etcdctl": {"endpoint health"}, "systemctl": {"is-active", "status"}, "aws": {"wait"},
		"flux": {"check", "get"}, "helm": {"test"}, "argocd": {"app wait"}, "mongosh": {""}, "cockroach": {"node status"},
	}[c.Name])
}

// asVerification is the verification that a command which looks stands for; nil: none
// is known.
func asVerification(c *Call) *typedStep {
	if t := typedFor(c); t != nil && (t.Type == "verify" || t.Type == "etcd_health") {
		return t
	}
	if c.Within {
		return nil
	}
	if c.Runs("kubectl", "get") || c.Runs("kubectl", "wait") {
		f := parse(c, kubeFlags+"-o|--output --for --sort-by", "-w --watch -A --all --all-namespaces")
		if f.values["-n"] != "" && sayable(f.values["-n"]) {
			t := withKubeconfig(c, workloads(f))
			t.Safe = false
			return t
		}
	}
	if c.Name == "curl" {
		for _, w := range c.Words() {
			if len(w) > 4 && w[:4] == "http" && sayable(w) {
				return &typedStep{Type: "verify", Fields: new(fields).raw("http", new(fields).text("url", w).String()).String()}
			}
		}
	}
	return nil
}
