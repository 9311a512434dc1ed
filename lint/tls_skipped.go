package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var tlsSkipped = Rule{
	ID: "tls-skipped", Severity: plans.SeverityWarning,
	Summary: "A certificate is not verified.",
	Why: "A recovery is when addresses change, names point elsewhere and nobody looks twice: the moment to be sure who answers. Without verification whoever sits between " +
		"reads the backup, or hands out another. A certificate of your own authority needs no more than its CA (`--cacert`, `--certificate-authority`, `AWS_CA_BUNDLE`). " +
		"What curl asks of this machine itself does not count.",
	Check: func(p *Pass) {
		for _, st := range p.Steps() {
			p.unverifiedFields(st)
		}
		for _, c := range p.Calls() {
			if flag := skipsTLS(c); flag != "" && !asksItself(c) {
				p.ReportCall(c, "give it the CA's certificate instead: "+caFlag(c.Name), "%s does not verify the server's certificate: %s", c.Name, flag)
			}
		}
	},
}

// skipFields and skipEnv turn verification off in a step's fields, manifests of
// Velero, and the environment.
var (
	skipFields = []string{"insecure_skip_verify", "insecureskipverify", "insecureskiptlsverify", "insecure_skip_tls_verify"}
	skipEnv    = map[string]string{"NODE_TLS_REJECT_UNAUTHORIZED": "0", "PYTHONHTTPSVERIFY": "0", "GIT_SSL_NO_VERIFY": "", "VAULT_SKIP_VERIFY": "", "GOVC_INSECURE": ""}
)

func (p *Pass) unverifiedFields(st *plans.OutlineStep) {
	for _, e := range st.Env {
		off, known := skipEnv[e.Key.Value]
		if known && (off == "" && e.Value.Value != "" && e.Value.Value != "0" && e.Value.Value != "false" || off != "" && e.Value.Value == off) {
			p.Report(e.Key.Node, "give it the CA's certificate instead", "%s turns off that certificates are verified", e.Key.Value)
		}
	}
	if st.Kind.Type == "" || st.Kind.Type == "command" {
		return
	}
	scalars(st.Type.Value, "", func(key string, n *yaml.Node) {
		if slices.Contains(skipFields, strings.ToLower(key)) && n.Value == "true" {
			p.Report(n, "give it the CA's certificate instead, such as `tls: {ca: …}`", "the step %q does not verify the server's certificate", st.ID)
		}
	})
}

// skipFlags turn it off for a program.
var skipFlags = map[string][]string{
	"curl": {"--insecure"}, "wget": {"--no-check-certificate"}, "aws": {"--no-verify-ssl"}, "mc": {"--insecure"},
	"restic": {"--insecure-tls"}, "s3cmd": {"--no-check-certificate"}, "rclone": {"--no-check-certificate"}, "git": {"http.sslVerify"},
	"vault": {"-tls-skip-verify"}, "argocd": {"--insecure"},
}

// skipsTLS is the argument that turns verification off; empty: none does.
func skipsTLS(c *Call) string {
	flags := skipFlags[c.Name]
	for _, a := range c.Args {
		name, value, _ := strings.Cut(a, "=")
		switch {
		case c.Name == "git" && name == "http.sslVerify" && value == "false":
			return a
		case c.Name == "git":
		case (slices.Contains(flags, name) || name == "--insecure-skip-tls-verify") && value != "false",
			c.Name == "curl" && hasShortFlag(a, 'k'),
			(c.Name == "skopeo" || c.Name == "podman" || c.Name == "buildah") && strings.HasSuffix(name, "tls-verify") && value == "false",
			c.Name == "velero" && strings.Contains(strings.ToLower(a), "insecureskiptlsverify=true"):
			return a
		}
	}
	return ""
}

// hasShortFlag reports whether a word has one of curl's short flags in it.
func hasShortFlag(word string, flag byte) bool {
	_, found := shortFlag(word, flag, curlValues)
	return found
}

// asksItself reports whether all URLs of a command are this machine's.
func asksItself(c *Call) bool {
	own := false
	for _, a := range c.Args {
		_, rest, isURL := strings.Cut(a, "://")
		if !isURL {
			continue
		}
		authority, _, _ := strings.Cut(rest, "/")
		if reachOf(hostOnly(authority)) != loopback {
			return false
		}
		own = true
	}
	return own
}

// caFlag is how a program is told of an authority.
func caFlag(program string) string {
	switch program {
	case "curl", "etcdctl", "restic":
		return "--cacert FILE"
	case "wget":
		return "--ca-certificate FILE"
	case "kubectl", "oc":
		return "--certificate-authority FILE"
	case "aws":
		return "--ca-bundle FILE"
	case "velero":
		return "--cacert FILE"
	case "git":
		return "-c http.sslCAInfo=FILE"
	}
	return "its CA flag, or SSL_CERT_FILE"
}
