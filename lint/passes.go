package lint

import (
	"slices"
	"strings"
	"sync"
)

// passes reports whether commands that are run one after another succeed whatever they
// find. Where nobody can tell, they do not.
func passes(list []*Call) bool {
	header := false // the pipe carries a table, whose first line is there whatever the table holds
	for _, c := range list {
		switch {
		case lists(c):
			header = c.Piped && !c.On("--no-headers") && !c.On("-o", "--output")
		case c.Name == "grep":
			keeps := header && (c.short("v") || c.On("--invert-match")) && !slices.ContainsFunc(c.Words(), namesHeader)
			header = keeps && c.Piped
			if !keeps && !c.unheard() {
				return false
			}
		default:
			header = header && c.Piped && tables()[c.Name]
			if !c.unheard() && !always(c) {
				return false
			}
		}
	}
	return len(list) > 0
}

// unheard reports whether the script goes on, and succeeds, where the call fails.
func (c *Call) unheard() bool { return c.Ignored || c.Asked || c.Lost != "" || c.Piped && !c.Pipefail }

// namesHeader reports whether a pattern is about a table's first line.
func namesHeader(pattern string) bool {
	return strings.Contains(pattern, "NAME") || strings.Contains(pattern, "STATUS") || strings.Contains(pattern, "READY")
}

// lists reports whether a command lists what there is, and succeeds where that is
// nothing, or is broken.
func lists(c *Call) bool {
	switch c.Name {
	case "kubectl", "oc":
		f := parse(c, kubeFlags+"-o|--output --sort-by --field-selector -L|--label-columns --chunk-size --request-timeout --raw -f|--filename",
			"-A|--all-namespaces --no-headers --show-labels --show-kind --ignore-not-found --watch -w")
		if len(f.words) < 2 || f.words[0] != "get" || f.values["--raw"] != "" || f.values["-f"] != "" || f.on("-w") || f.on("--watch") {
			return false
		}
		if f.on("--ignore-not-found") {
			return true
		}
		return len(f.words) == 2 && !strings.Contains(f.words[1], "/") && literal(f.words[1]) && slices.Contains([]string{"", "wide", "yaml", "json", "name"}, f.values["-o"])
	case "velero":
		f := parse(c, "-n|--namespace --kubecontext --kubeconfig -l|--selector -o|--output", "--show-labels")
		return len(f.words) == 2 && (f.words[0] == "get" || f.words[1] == "get")
	case "helm":
		return c.Runs("helm", "list") || c.Runs("helm", "ls")
	case "docker", "crictl":
		return c.Runs(c.Name, "ps")
	}
	return c.Runs("systemctl", "list-units") || c.Runs("argocd", "app", "list")
}

// tables are the filters that leave a table's first line where it is.
var tables = sync.OnceValue(func() map[string]bool { return wordSet("cat head tee column tr cut") })

// always reports whether a command has nothing to fail by.
func always(c *Call) bool {
	switch c.Name {
	case "true", ":", "echo", "printf", "date", "sleep", "hostname", "pwd", "set":
		return true
	case "exit":
		return len(c.Args) == 1 && c.Args[0] == "0"
	case "jq":
		return !c.On("-e", "--exit-status") && !c.short("e") && !strings.Contains(c.String(), "error")
	case "awk":
		return !strings.Contains(c.String(), "exit") && len(c.Words()) < 2
	case "sed":
		return len(c.Words()) < 2
	case "wc", "sort", "uniq", "tr", "cut", "column", "head", "tail", "cat":
		return len(c.Words()) == 0 || c.Name == "tr" || c.Name == "cut" || c.Name == "head" || c.Name == "tail"
	}
	return false
}
