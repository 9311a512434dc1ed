package lint

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var plaintextEndpoint = Rule{
	ID: "plaintext-endpoint", Severity: plans.SeverityWarning,
	Summary: "Backups, or what recovery sends and fetches, go over a network in plain text.",
	Why: "A snapshot of etcd holds every Secret of the cluster, a backup all of an application's data: over http:// whoever is between reads them, and can put others in their place. " +
		"The CIS Kubernetes Benchmark (section 2) wants TLS for etcd's clients and peers. Endpoints of etcd and S3 count at every address but the machine's own and Services of the cluster, private networks among them; " +
		"what `curl` and `wget` send or save counts at public addresses. A health check that only reads a page over http:// does not count.",
	Check: func(p *Pass) {
		for _, b := range p.Plan().Backups {
			if l := b.Value.Location; l.Node != nil && (farHost(l.Value) != "" || strings.HasPrefix(l.Value, "ftp://")) {
				p.Report(l.Node, "use https, sftp or the store's own protocol", "the backup of %s goes to %s in plain text", b.Key.Value, l.Value)
			}
		}
		for _, st := range p.Steps() {
			p.plainFields(st)
		}
		for _, c := range p.Calls() {
			p.plainCall(c)
		}
		for _, proc := range p.Plan().Procedures {
			for _, param := range proc.Value.Params {
				if n := param.Value.Default; n != nil && named(param.Key.Value, "endpoint", "endpoints", "s3", "etcd") && farHost(n.Value) != "" {
					p.Report(n, "use https", "the parameter %q is an endpoint in plain text", param.Key.Value)
				}
			}
		}
	},
}

const plainHint = "use https; a certificate of your own authority will do (`tls: {ca: …}`)"

// plainFields reports the endpoints of a typed step, and those in any step's env.
func (p *Pass) plainFields(st *plans.OutlineStep) {
	for _, e := range st.Env {
		if e.Value.Node != nil && named(e.Key.Value, "endpoint", "endpoints") && farHost(e.Value.Value) != "" {
			p.Report(e.Value.Node, plainHint, "the step %q reaches %s in plain text", st.ID, farHost(e.Value.Value))
		}
	}
	if st.Kind.Type == "" || st.Kind.Type == "command" {
		return
	}
	carries := []string{"endpoint", "endpoints", "client_url", "peer_url", "s3Url", "s3url", "s3_url"}
	scalars(st.Type.Value, "", func(key string, n *yaml.Node) {
		if slices.Contains(carries, key) && farHost(n.Value) != "" {
			p.Report(n, plainHint, "the step %q reaches %s in plain text", st.ID, farHost(n.Value))
		}
	})
}

// farHost is the first host of an http:// URL that is neither this machine nor a
// Service of the cluster.
func farHost(text string) string {
	for _, host := range plainHosts(text) {
		if r := reachOf(host); r == private || r == public {
			return host
		}
	}
	return ""
}

// plainCall reports a command that carries backups, sends something or saves
// something over http://.
func (p *Pass) plainCall(c *Call) {
	switch c.Name {
	case "etcdctl", "etcdutl", "aws", "mc", "restic", "velero", "s3cmd", "rclone", "kopia":
		for _, a := range c.Args {
			if host := farHost(a); host != "" {
				p.ReportCall(c, "use https", "%s reaches %s in plain text", c.Name, host)
				return
			}
		}
	case "curl", "wget":
		for _, host := range plainHosts(c.String()) {
			if reachOf(host) == public && (sends(c) || saves(c)) {
				p.ReportCall(c, "use https", "%s sends to, or saves from, %s in plain text", c.Name, host)
				return
			}
		}
	}
}

// sends reports whether curl or wget sends data or credentials.
func sends(c *Call) bool {
	return slices.ContainsFunc(c.Args, func(a string) bool {
		name, _, _ := strings.Cut(a, "=")
		return slices.Contains([]string{"-d", "-F", "-T", "-u", "--form", "--upload-file", "--user", "--json", "--post-data", "--post-file", "--password"}, name) ||
			strings.HasPrefix(name, "--data") || strings.HasPrefix(strings.ToLower(a), "authorization:")
	})
}

// saves reports whether curl or wget leaves a file.
func saves(c *Call) bool {
	if c.Name == "wget" {
		return savesByWget(c)
	}
	to, given := c.Flag("--output")
	for i, a := range c.Args {
		if rest, found := shortFlag(a, 'o', curlValues); found {
			to, given = rest, true
			if rest == "" && i+1 < len(c.Args) {
				to = c.Args[i+1]
			}
		}
		if _, found := shortFlag(a, 'O', curlValues); found {
			return true
		}
	}
	return given && to != "/dev/null" && to != "-" || c.On("--remote-name")
}

// savesByWget reports whether wget leaves a file, as it does unless it is told otherwise.
func savesByWget(c *Call) bool {
	to, given := c.Flag("--output-document")
	for i, a := range c.Args {
		if rest, found := shortFlag(a, 'O', "ao"); found {
			to, given = rest, true
			if rest == "" && i+1 < len(c.Args) {
				to = c.Args[i+1]
			}
		}
	}
	return !c.On("--spider") && (!given || to != "-" && to != "/dev/null")
}

// curlValues are curl's short flags that take a value, which may follow at once.
const curlValues = "AbcCdDeEFHKmoPQrtTuUwxXyYz"

// shortFlag finds a short flag in a word such as -fsSko, and what follows it there.
// What follows a flag that takes a value is that value.
func shortFlag(word string, flag byte, takeValue string) (rest string, found bool) {
	if len(word) < 2 || word[0] != '-' || word[1] == '-' {
		return "", false
	}
	for i := 1; i < len(word); i++ {
		if word[i] == flag {
			return word[i+1:], true
		}
		if strings.IndexByte(takeValue, word[i]) >= 0 {
			return "", false
		}
	}
	return "", false
}
