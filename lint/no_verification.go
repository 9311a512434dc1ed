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
		if c := p.judgedBy(sec.Steps[restored:]); c != nil {
			p.ReportCall(c, asAssertion(c), "this judges what was brought back, but as a command: the RTO ends with the verification before it")
			return
		}
		p.Report(sec.Steps[restored].Type.Key, "verify after it: `verify:` with `workloads_ready`, `http`, `etcd` or what shows that it is back",
			"nothing verifies what this step brings back: the last verification is before it")
	case verified < 0:
		p.nothingVerifies(sec, last)
	}
}

func (p *Pass) nothingVerifies(sec *plans.Section, last *plans.OutlineStep) {
	calls := p.CallsOf(last)
	if look := calls; len(look) > 0 && !slices.ContainsFunc(look, func(c *Call) bool { return !c.Reads() }) {
		c := look[0]
		hint, fix := "write `verify: {command: {run: …}}` with what fails when the service is down, or one of its other assertions", []Edit(nil)
		message := "the procedure " + sec.ID + " ends with a command that looks and judges nothing: nothing verifies that the service is back"
		t := asVerification(c)
		if t != nil {
			hint, fix = t.Hint(), p.swap(c, t)
		}
		if judges(c) {
			if t == nil {
				hint = asAssertion(c)
			}
			message = "the procedure " + sec.ID + " ends with a command, which drplan cannot tell from any other: the RTO ends with a verification, and there is none"
		}
		p.add(p.callFinding(c, hint, message), fix)
		return
	}
	p.Report(sec.Procedure.Key.Node, "end it with a step such as `verify: {workloads_ready: {namespace: …}}`, `verify: {http: {url: …}}` or `etcd_health:`",
		"nothing in the procedure %q verifies that the service is back", sec.ID)
}

// judgedBy is a command of some steps that judges what it sees, the last one; nil:
// there is none.
func (s *Subject) judgedBy(list []*plans.OutlineStep) *Call {
	for _, st := range slices.Backward(list) {
		for _, c := range slices.Backward(s.CallsOf(st)) {
			if judges(c) && c.Reads() {
				return c
			}
		}
	}
	return nil
}

// asAssertion says how a command that judges is written as a verification.
func asAssertion(c *Call) string {
	words := append([]string{c.Name}, c.Args...)
	if slices.ContainsFunc(words, func(w string) bool { return !sayable(w) }) || c.Piped {
		return "write it as `verify: {command: {run: …}}`"
	}
	for i, w := range words {
		if !strings.HasPrefix(w, "--") || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz-=") != "" {
			words[i] = scalar(w)
		}
	}
	return "write it as `verify: {command: {run: [" + strings.Join(words, ", ") + "]}}`"
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
	if c.Name == "curl" {
		return failsOnError(c)
	}
	return slices.Contains([]string{"test", "[", "[[", "grep", "pg_isready", "cmp", "diff", "sha256sum", "nc", "mysqladmin"}, c.Name) || c.runsAny(map[string][]string{
		"kubectl": {"wait", "rollout status"}, "etcdctl": {"endpoint health"}, "systemctl": {"is-active"}, "aws": {"wait"}, "flux": {"check", "get"}, "helm": {"test"}, "argocd": {"app wait"},
		"velero": {"backup-location get"}, "mongosh": {""}, "cockroach": {"node status"},
	}[c.Name]) || c.Piped
}

// asVerification is the verification that a command which looks stands for; nil: none
// is known.
func asVerification(c *Call) *typedStep {
	if t := typedFor(c); t != nil && (t.Type == "verify" || t.Type == "etcd_health") {
		return t
	}
	if c.Runs("kubectl", "get") || c.Runs("kubectl", "wait") {
		f := parse(c, kubeFlags+"-o|--output --for --sort-by", "-w --watch -A --all --all-namespaces")
		if f.values["-n"] != "" && sayable(f.values["-n"]) {
			t := workloads(f)
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
