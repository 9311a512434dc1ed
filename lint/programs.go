package lint

import (
	"slices"
	"strings"
	"sync"
)

// programs is what is known of a program: the subcommands that change nothing.
// "*" alone: whatever it is asked, it changes nothing.
var programs = map[string][]string{
	"kubectl": {"get", "describe", "logs", "wait", "version", "cluster-info", "top", "api-resources", "api-versions", "explain", "auth can-i", "rollout status",
		"rollout history", "diff", "config view", "config current-context", "exec"},
	"oc":        {"get", "describe", "logs", "wait", "version", "whoami", "status", "rollout status", "exec", "rsh"},
	"velero":    {"get", "describe", "logs", "version"},
	"helm":      {"list", "ls", "status", "get", "history", "version", "template", "show", "test"},
	"flux":      {"get", "check", "version", "stats", "tree", "events", "logs"},
	"argocd":    {"app get", "app list", "app wait", "app diff", "app history", "app logs", "cluster list", "version"},
	"etcdctl":   {"endpoint health", "endpoint status", "endpoint hashkv", "member list", "get", "snapshot status", "alarm list", "version", "check"},
	"etcdutl":   {"snapshot status", "hashkv", "version"},
	"systemctl": {"status", "is-active", "is-enabled", "is-failed", "show", "cat", "list-units"},
	"crictl":    {"ps", "pods", "images", "inspect", "inspectp", "logs", "info"},
	"docker":    {"ps", "inspect", "logs", "images", "info", "exec"},
	"git":       {"rev-parse", "log", "status", "fsck", "show", "diff", "ls-remote"},
	"aws":       {"s3 ls", "wait", "sts get-caller-identity"},
	"mc":        {"ls", "stat", "find", "ready"},
	"rclone":    {"ls", "lsf", "lsl", "lsd", "check", "size"},
	"openssl":   {"x509", "verify", "s_client", "crl"},
	"terraform": {"plan", "show", "output", "validate", "version"},
}

var looks = sync.OnceValue(func() map[string]bool {
	return wordSet(`cat ls echo printf test [ [[ (( grep egrep fgrep zgrep head tail wc sort uniq cut tr jq date sleep true false : pwd cd ps df du stat which type hostname id
		whoami uname sha256sum sha512sum md5sum cmp diff dig nslookup host ping nc getent pg_isready pg_verifybackup read set export local return exit trap shift
		seq basename dirname realpath readlink awk column less more file mountpoint findmnt lsblk journalctl nproc free uptime ss netstat ip kill wait age zcat xxd od base64 yq`)
})

func wordSet(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// Reads reports whether the call is known to change nothing.
func (c *Call) Reads() bool {
	switch c.Name {
	case "sed", "yq":
		return !slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, "-i") || a == "--in-place" })
	case "find":
		return !slices.Contains(c.Args, "-delete") && !slices.Contains(c.Args, "-exec")
	case "curl":
		return !sendsOrStores(c)
	case "wget":
		return slices.Contains(c.Args, "/dev/null") || slices.Contains(c.Args, "-") || slices.Contains(c.Args, "--spider")
	case "kill":
		return slices.Contains(c.Args, "-0")
	case "psql", "mysql":
		return queries(c)
	case "mysqladmin":
		return slices.ContainsFunc(c.Words(), func(w string) bool { return w == "ping" || w == "status" || w == "version" })
	case "aws", "gcloud", "az":
		return slices.ContainsFunc(c.Words(), isQuery) || c.runsAny(programs[c.Name])
	}
	return looks()[c.Name] || slices.Contains(shells, c.Name) || c.runsAny(programs[c.Name])
}

func (c *Call) runsAny(subs []string) bool {
	return slices.ContainsFunc(subs, func(sub string) bool { return c.Runs(c.Name, strings.Fields(sub)...) })
}

// isQuery tells the cloud programs' questions from their orders.
func isQuery(word string) bool {
	for _, prefix := range []string{"describe", "list", "get-", "head-", "show"} {
		if strings.HasPrefix(word, prefix) {
			return true
		}
	}
	return false
}

// sendsOrStores reports whether curl does more than to ask.
func sendsOrStores(c *Call) bool {
	if m, given := c.Flag("-X", "--request"); given && m != "GET" && m != "HEAD" {
		return true
	}
	return slices.ContainsFunc(c.Args, func(a string) bool {
		name, _, _ := strings.Cut(a, "=")
		return slices.Contains([]string{"-d", "--data", "--data-raw", "--data-binary", "--json", "-F", "--form", "-T", "--upload-file"}, name)
	})
}

// queries reports whether a database's client only asks.
func queries(c *Call) bool {
	q, given := c.Flag("-c", "--command", "-e", "--execute")
	if !given && len(c.Args) > 0 && strings.HasSuffix(c.Args[max(len(c.Args)-2, 0)], "c") {
		q, given = c.Args[len(c.Args)-1], true
	}
	first, _, _ := strings.Cut(strings.TrimSpace(strings.ToUpper(q)), " ")
	return given && slices.Contains([]string{"SELECT", "SHOW", "EXPLAIN", "TABLE"}, first)
}

// again are the subcommands that do no harm when they are done twice.
var again = map[string][]string{
	"kubectl": {"apply", "annotate", "label", "scale", "patch", "set", "cordon", "uncordon", "taint", "drain", "replace", "rollout restart", "rollout undo", "delete"},
	"oc":      {"apply", "annotate", "label", "scale", "patch", "set", "delete"},
	"helm":    {"upgrade", "repo", "dependency"}, "flux": {"reconcile", "suspend", "resume"},
	"systemctl": {"start", "stop", "restart", "reload", "enable", "disable", "daemon-reload", "mask", "unmask"},
	"aws":       {"s3 cp", "s3 sync"}, "mc": {"cp", "mirror", "alias"}, "rclone": {"copy", "copyto", "sync"}, "gsutil": {"cp", "rsync"},
	"git": {"fetch", "pull", "checkout"}, "terraform": {"apply", "init"}, "crictl": {"pull"}, "docker": {"pull", "start", "stop"},
	"velero": {"backup-location set", "schedule pause", "schedule unpause"},
}

// DoneTwice reports whether the call is known to do no harm when it is done again.
func (c *Call) DoneTwice() bool {
	switch c.Name {
	case "mkdir":
		return c.short("p")
	case "rm":
		return c.short("f")
	case "ln":
		return c.short("f")
	case "curl":
		_, out := c.Flag("-o", "--output")
		return !sendsOrStores(c) || out && !sendsOrStores(c)
	case "chmod", "chown", "touch", "rsync", "scp", "cp", "wget", "tar", "umask", "install", "sync", "sysctl", "tee", "umount":
		return true
	}
	return c.Reads() || c.runsAny(again[c.Name])
}

// short reports whether a flag of one letter is given, alone or among others.
func (c *Call) short(letter string) bool {
	return slices.ContainsFunc(c.Args, func(a string) bool {
		return strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, letter)
	})
}

// Unknown reports whether nobody can tell what the call runs: a variable's value,
// or a function's.
func (c *Call) Unknown() bool { return strings.ContainsAny(c.Name, "$`{") || c.Name == "" }

// Bounded reports whether the call itself ends after some time.
func (c *Call) Bounded() bool {
	if c.bounded {
		return true
	}
	_, given := c.Flag("--timeout", "--request-timeout", "-m", "--max-time", "--connect-timeout", "-w", "--wait-timeout")
	return given
}

// contextual are the flags with a value that stand before a subcommand.
var contextual = sync.OnceValue(func() map[string]bool {
	return wordSet("--context --kubecontext --kube-context --kubeconfig -n --namespace --endpoints --cacert --cert --key --profile --region --endpoint-url")
})

// short is a call's program with its subcommands, for a message.
func short(c *Call) string {
	out, words := c.Name, 0
	for i := 0; i < len(c.Args) && words < 2; i++ {
		a := c.Args[i]
		switch {
		case contextual()[a]:
			i++
		case strings.HasPrefix(a, "-") && words == 0:
		case len(a) > 20 || a == "" || a[0] < 'a' || a[0] > 'z':
			return out
		default:
			out += " " + a
			words++
		}
	}
	return out
}
