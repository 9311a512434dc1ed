package lint

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

var imageLatest = Rule{
	ID: "image-latest", Severity: plans.SeverityWarning,
	Summary: "A container image that is another every day, or not there any more.",
	Why: "`:latest`, and an image without a tag, is what the registry serves on the day of the disaster: not what the last drill ran, and perhaps not there. On 28 August 2025 Bitnami moved its images from `docker.io/bitnami` to `bitnamilegacy` " +
		"(bitnami/containers#83267): every runbook with `bitnami/kubectl` broke. Name a version, better a digest, and a registry that survives the disaster.",
	Check: func(p *Pass) {
		for _, st := range p.Steps() {
			for _, c := range slices.Concat(p.CallsOf(st), p.FieldCallsOf(st)) {
				for _, image := range imagesOf(c) {
					if message := badImage(image); message != "" {
						p.ReportCall(c, "name a version or a digest, of a registry that survives the disaster", "%s", message)
						break
					}
				}
			}
			if st.Kind.Type != "command" && st.Type.Value != nil {
				p.fieldImages(st.Type.Value)
			}
		}
	},
}

// imagesOf are the images that a command names.
func imagesOf(c *Call) (out []string) {
	if i, given := c.Flag("--image"); given && c.Name != "velero" {
		out = append(out, i)
	}
	if image := ranImage(c); image != "" {
		out = append(out, image)
	}
	switch {
	case c.Runs("kubectl", "set", "image"):
		for _, w := range c.Words() {
			if _, image, found := strings.Cut(w, "="); found {
				out = append(out, image)
			}
		}
	case slices.Contains(containerPrograms, c.Name) && c.runsAny([]string{"pull"}):
		if w := c.Words(); w[len(w)-1] != "pull" {
			out = append(out, w[len(w)-1])
		}
	}
	return out
}

// containerPrograms pull and run images, all in docker's manner.
var containerPrograms = []string{"docker", "podman", "nerdctl", "crictl"}

// runSwitches are the flags of docker run that take no value.
var runSwitches = sync.OnceValue(func() map[string]bool {
	return wordSet("--rm --detach --interactive --tty --init --privileged --read-only --publish-all --no-healthcheck --oom-kill-disable --sig-proxy --quiet --replace --no-hosts --rmi")
})

// ranImage is the image that docker run or create makes a container of; "": none, or
// nobody can tell.
func ranImage(c *Call) string {
	verb := slices.IndexFunc(c.Args, func(a string) bool { return slices.Contains([]string{"run", "create", "exec", "compose"}, a) })
	if verb < 0 || !slices.Contains(containerPrograms, c.Name) || c.Args[verb] == "exec" || c.Args[verb] == "compose" {
		return ""
	}
	for at := verb + 1; at < len(c.Args); at++ {
		switch a := c.Args[at]; {
		case !strings.HasPrefix(a, "-"):
			return a
		case strings.Contains(a, "=") || runSwitches()[a] || !strings.HasPrefix(a, "--") && strings.Trim(a, "-ditPq") == "":
		case !strings.HasPrefix(a, "--") && len(a) > 2 && strings.Trim(a[1:2], "ditPq") != "":
			// its value is joined on to it: -p8080:80
		default:
			at++ // its value
		}
	}
	return ""
}

// badImage says what is wrong with an image's name; "" where nothing is, or where
// nobody can tell.
func badImage(image string) string {
	if image == "" || !literal(image) {
		return ""
	}
	name := strings.TrimPrefix(image, "docker.io/")
	if strings.HasPrefix(name, "bitnami/") {
		return "the images of docker.io/bitnami were moved away in 2025: " + image + " cannot be relied on"
	}
	base := image[strings.LastIndexByte(image, '/')+1:]
	switch {
	case strings.Contains(image, "@sha256:"):
	case strings.HasSuffix(base, ":latest"):
		return image + " is another image every day"
	case !strings.Contains(base, ":"):
		return image + " has no tag: it is what the registry calls latest on the day"
	}
	return ""
}

var manifestImage = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^\s*-?\s*image:\s*["']?([^\s"'#{}]+)["']?\s*$`) })

// fieldImages reports the images of a step's own fields: those that are called so, and
// those of manifests in its text.
func (p *Pass) fieldImages(n *yaml.Node) {
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case value.Kind == yaml.ScalarNode && (key.Value == "image" || key.Value == "probe_image"):
			if message := badImage(value.Value); message != "" {
				p.Report(value, "name a version or a digest, of a registry that survives the disaster", "%s", message)
			}
		case value.Kind == yaml.ScalarNode && key.Value == "inline":
			p.inlineImages(value)
		case key.Value == "plugins" && value.Kind == yaml.SequenceNode:
			for _, plugin := range value.Content {
				if message := badImage(plugin.Value); message != "" {
					p.Report(plugin, "name a version or a digest, of a registry that survives the disaster", "%s", message)
				}
			}
		default:
			p.fieldImages(value)
		}
	}
}

func (p *Pass) inlineImages(n *yaml.Node) {
	for _, m := range manifestImage().FindAllStringSubmatchIndex(n.Value, 20) {
		if message := badImage(n.Value[m[2]:m[3]]); message != "" {
			p.add(p.Doc.FindingInside(n, m[2], m[3], p.rule.ID, p.severity, message, "name a version or a digest, of a registry that survives the disaster"), nil)
		}
	}
}
