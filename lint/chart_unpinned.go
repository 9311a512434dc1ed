package lint

import (
	"strings"

	"github.com/drplan/drplan/plans"
)

var chartUnpinned = Rule{
	ID: "chart-unpinned", Severity: plans.SeverityWarning,
	Summary: "A Helm chart of a repository is installed in whatever version is the newest.",
	Why: "Without `--version`, `helm install` and `helm upgrade` take the newest chart that the repository has on the day (helm.sh, \"helm install\": \"If this is not specified, the latest version is used\"): " +
		"not what the last drill installed, and perhaps with other defaults, other custom resources, another storage layout than the data that is restored. Charts in a folder or an archive are what they are.",
	Check: func(p *Pass) {
		for _, c := range p.Calls() {
			if chart := chartOf(c); chart != "" {
				p.ReportCall(c, "add `--version` with the version that runs", "no version is given of the chart %s: it is the newest on the day", chart)
			}
		}
	},
}

// helmFlags are helm's that take a value, helmSwitches those that do not.
const (
	helmFlags = "-n|--namespace --kube-context --kubeconfig --kube-token --kube-apiserver --kube-as-user --version --repo --username --password --ca-file --cert-file --key-file --keyring " +
		"-f|--values --set --set-string --set-file --set-json --set-literal --timeout --description --post-renderer --post-renderer-args -o|--output --history-max --registry-config --repository-cache --repository-config -l|--labels --name-template"
	helmSwitches = "-i|--install --atomic --wait --wait-for-jobs --create-namespace --force --debug --dry-run --reuse-values --reset-values --reset-then-reuse-values --cleanup-on-fail --devel --no-hooks --skip-crds " +
		"--verify --dependency-update --disable-openapi-validation --render-subchart-notes --pass-credentials --plain-http --insecure-skip-tls-verify --take-ownership --replace -g|--generate-name --rollback-on-failure --server-side --hide-notes"
)

// chartOf is the chart of a repository that a command installs without a version; ""
// where there is none, or nobody can tell.
func chartOf(c *Call) string {
	if c.Name != "helm" || !c.runsAny([]string{"install", "upgrade"}) {
		return ""
	}
	f := parse(c, helmFlags, helmSwitches)
	if !f.whole && f.values["--version"] == "" && len(f.words) > 3 || len(f.words) < 2 {
		return ""
	}
	chart := f.words[len(f.words)-1]
	if f.values["--version"] != "" || f.values["--devel"] != "" || !literal(chart) || strings.HasSuffix(chart, ".tgz") {
		return ""
	}
	switch repo := f.values["--repo"] != ""; {
	case strings.HasPrefix(chart, "oci://"):
		if base := chart[strings.LastIndexByte(chart, '/')+1:]; strings.ContainsAny(base, ":@") {
			return ""
		}
		return chart
	case strings.HasPrefix(chart, ".") || strings.HasPrefix(chart, "/") || strings.HasPrefix(chart, "http"):
		return ""
	case repo || strings.Count(chart, "/") == 1 && !strings.HasPrefix(chart, "charts/") && !strings.HasPrefix(chart, "chart/") && !strings.HasPrefix(chart, "helm/") && !strings.HasPrefix(chart, "deploy/"):
		return chart
	}
	return ""
}
