package lint

import (
	"slices"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/plans"
)

var commandTimeout = Rule{
	ID: "command-timeout", Severity: plans.SeverityWarning,
	Summary: "A command that can hang may use up the whole RTO.",
	Why: "Where a step says no `timeout`, a command has an hour. A transfer that stalls or a wait for what never comes is then noticed when the RTO is over. The rule is about " +
		"commands of a procedure or of a drill's checks that restore, transfer or wait, among them loops that only what they wait for ends, have no limit of their own (`--timeout`, `timeout 30 …`) and may take as long as the RTO; a command that " +
		"a typed step replaces is left to the rule typed-step.",
	Check: func(p *Pass) {
		for _, sec := range p.Sections() {
			rto := sec.Objective.RTO
			for _, st := range sec.Steps {
				if st.Kind.Type != "command" || st.Step.Timeout.Node != nil || rto == 0 || st.Timeout < rto || st.Phase != engine.PhaseProcedure && st.Phase != engine.PhaseChecks {
					continue
				}
				calls := p.CallsOf(st)
				i := slices.IndexFunc(calls, func(c *Call) bool {
					return c.Endless && !c.bounded || hangs(c) && !c.Bounded() && typedFor(c) == nil
				})
				switch {
				case i < 0:
				case calls[i].Endless:
					p.ReportCall(calls[i], "give the step a `timeout:`, or wait with `kube_wait:` or `verify:`", "this loop ends when what it waits for is there, and without a `timeout:` it is stopped after %s", span(st.Timeout))
				default:
					p.ReportCall(calls[i], "give the step a `timeout:` of what it takes on a bad day", "this can hang, and without a `timeout:` it is stopped after %s", span(st.Timeout))
				}
			}
		}
	},
}

// hangs reports whether a command transfers data, or waits for something.
func hangs(c *Call) bool {
	switch c.Name {
	case "ssh", "scp", "rsync", "rclone", "mc", "gsutil", "azcopy", "wget", "pg_restore", "pg_basebackup", "mysqldump", "pg_dump", "ansible-playbook", "terraform", "tofu",
		"eksctl", "restic", "borg", "nc", "kubeadm":
		return true
	case "curl":
		_, _, given := flagOf(c, "-o", "-O", "--output")
		return given
	case "psql", "mysql", "mariadb", "mongosh", "cockroach", "clickhouse-client", "influx":
		_, _, given := flagOf(c, "-f", "--file")
		return c.Fed || given && c.Name != "mysql" && c.Name != "mariadb" // theirs is --force
	case "etcdutl", "etcdctl": // a restore is a copy on one disk
		return false
	case "clusterctl":
		return c.runsAny([]string{"move", "init"})
	case "kops":
		return c.On("--yes") || c.runsAny([]string{"validate cluster"})
	case "flux":
		return c.runsAny([]string{"bootstrap"})
	case "argocd":
		return c.runsAny([]string{"app wait", "app sync"})
	case "aws":
		return c.Runs("aws", "s3") || slices.Contains(c.Words(), "wait")
	case "kubectl", "oc":
		return c.runsAny([]string{"wait", "rollout status", "drain", "delete", "cp"}) || slices.Contains(c.Args, "-f") && c.runsAny([]string{"logs"})
	case "velero":
		return c.On("--wait", "-w")
	case "helm":
		return c.On("--wait", "--atomic")
	case "gcloud", "az":
		return !c.Reads()
	}
	return restoresData(c)
}

// flagOf is Flag with the flag's name.
func flagOf(c *Call, names ...string) (name, value string, given bool) {
	for _, n := range names {
		if v, ok := c.Flag(n); ok {
			return n, v, true
		}
	}
	return "", "", false
}
