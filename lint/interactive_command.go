package lint

import (
	"slices"
	"strings"

	"github.com/drplan/drplan/plans"
)

var interactiveCommand = Rule{
	ID: "interactive-command", Severity: plans.SeverityWarning,
	Summary: "A command wants a person at a terminal.",
	Why: "A command's standard input is empty, and there is no terminal: an editor ends at once or hangs, a question is answered with nothing, `docker exec -it` fails with " +
		"\"the input device is not a TTY\", `ssh` asks for a password or whether the host's key is right. What a person has to do is a step too: `duration:` or `approval:`.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			if hint, what := asks(c); what != "" {
				p.ReportCall(c, hint, "%s", what)
			}
		}
	},
}

// asks says what a command wants of a person, and what to write instead.
func asks(c *Call) (hint, what string) {
	switch c.Name {
	case "vi", "vim", "nano", "emacs", "less", "more", "top", "htop", "watch", "k9s", "visudo", "passwd", "ed":
		if c.Name == "top" && c.short("b") {
			return "", ""
		}
		return "make it a step for people, `duration:`, or do it with a program that asks nobody", "`" + c.Name + "` needs a terminal"
	case "ssh":
		if o := strings.ToLower(c.String()); !strings.Contains(o, "batchmode=yes") && !strings.Contains(o, "batchmode yes") {
			return "add `-o BatchMode=yes`, and see to it that the host's key is known", "without BatchMode, ssh may ask for a password or about the host's key"
		}
	case "mysql", "mysqldump", "mysqladmin", "mysqlcheck", "mysqlimport", "mariadb", "mariadb-dump", "mariadb-admin", "mariadb-check":
		if slices.Contains(c.Args, "-p") || slices.Contains(c.Args, "--password") {
			return "give it in `env:` as `MYSQL_PWD: ${secret.NAME}`, or in a `--defaults-extra-file`", "`-p` without a password asks for one, and nobody answers"
		}
	case "psql", "pg_dump", "pg_dumpall", "pg_restore", "createdb", "dropdb":
		if slices.Contains(c.Args, "-W") || slices.Contains(c.Args, "--password") {
			return "leave `-W` out, and give it in `env:` as `PGPASSWORD: ${secret.NAME}`, or in ~/.pgpass", "`-W` asks for a password, and nobody answers"
		}
	case "read":
		if c.short("p") {
			return "ask with a step: `approval:`", "`read -p` asks a person, and is answered with nothing"
		}
	case "kubectl", "oc":
		if c.Runs(c.Name, "edit") {
			return "write the change as a manifest and `kube_apply:` it, or use `kubectl patch`", "`" + c.Name + " edit` opens an editor"
		}
	}
	if hint, what = terminal(c); what != "" {
		return hint, what
	}
	return confirms(c)
}

// terminal is about exec and run with -it.
func terminal(c *Call) (hint, what string) {
	if !slices.Contains([]string{"kubectl", "oc", "docker", "podman", "crictl"}, c.Name) || !c.runsAny([]string{"exec", "run", "debug"}) {
		return "", ""
	}
	for _, a := range c.Args {
		if a == "--" {
			break
		}
		if slices.Contains([]string{"-it", "-ti", "-t", "--tty", "--tty=true"}, a) {
			return "leave `-t` out, and `-i` too unless it reads its input", "there is no terminal for `" + a + "`"
		}
	}
	return "", ""
}

// confirmations are the subcommands that ask before they act, with the flags that
// answer them.
var confirmations = map[string][]struct {
	sub   []string
	flags []string
}{
	"velero":    {{[]string{"delete"}, []string{"--confirm"}}, {[]string{"uninstall"}, []string{"--force"}}},
	"terraform": {{[]string{"apply"}, []string{"-auto-approve", "--auto-approve"}}, {[]string{"destroy"}, []string{"-auto-approve", "--auto-approve"}}},
	"kubeadm":   {{[]string{"reset"}, []string{"-f", "--force"}}, {[]string{"upgrade", "apply"}, []string{"-y", "--yes", "-f"}}},
	"apt-get":   {{[]string{"install"}, []string{"-y", "--yes", "-qq", "--assume-yes"}}}, "apt": {{[]string{"install"}, []string{"-y", "--yes"}}},
	"yum": {{[]string{"install"}, []string{"-y", "--assumeyes"}}}, "dnf": {{[]string{"install"}, []string{"-y", "--assumeyes"}}},
	"tofu":   {{[]string{"apply"}, []string{"-auto-approve", "--auto-approve"}}, {[]string{"destroy"}, []string{"-auto-approve", "--auto-approve"}}},
	"pulumi": {{[]string{"up"}, []string{"-y", "--yes"}}, {[]string{"destroy"}, []string{"-y", "--yes"}}},
	"flux":   {{[]string{"uninstall"}, []string{"-s", "--silent"}}},
	"gcloud": {{[]string{"delete"}, []string{"-q", "--quiet"}}}, "argocd": {{[]string{"delete"}, []string{"-y", "--yes"}}},
}

// confirms is about commands that ask whether they are meant.
func confirms(c *Call) (hint, what string) {
	for _, q := range confirmations[c.Name] {
		if c.Runs(c.Name, q.sub...) && !c.On(q.flags...) && !slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasSuffix(a, ".tfplan") || strings.HasSuffix(a, "tfplan") }) {
			return "add `" + q.flags[0] + "`, after a step `approval:` where a person is to decide", "`" + c.Name + " " + strings.Join(q.sub, " ") + "` asks whether it is meant"
		}
	}
	return "", ""
}
