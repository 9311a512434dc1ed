package component

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVersions holds the versions that binaries report against those that are
// built.
func TestVersions(t *testing.T) {
	for name, want := range map[string]string{
		"kubernetes":            "k8s.io/kubernetes " + KubernetesVersion,
		"velero":                "github.com/vmware-tanzu/velero " + VeleroVersion,
		"coredns":               "github.com/coredns/coredns " + CoreDNSVersion,
		"velero-plugin-for-aws": "github.com/vmware-tanzu/velero-plugin-for-aws " + VeleroAWSVersion,
	} {
		mod, err := os.ReadFile(filepath.Join("..", "..", "components", name, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(mod), want+"\n") && !strings.Contains(string(mod), want+" // indirect\n") {
			t.Errorf("go.mod of %s does not require %q", name, want)
		}
	}
}

func TestNamesAreTheBinariesOfABuild(t *testing.T) {
	c, err := Find("velero-plugin-for-aws")
	if got := strings.Join(c.Names(), " "); err != nil || got != "velero-plugin-for-aws cp-plugin" {
		t.Errorf("names %q, %v", got, err)
	}
	if got := strings.Join(small.Names(), " "); got != "small alias" {
		t.Errorf("names %q", got)
	}
}

func TestTheKeyFollowsFlagsAndLinks(t *testing.T) {
	b := builder(t)
	dir := filepath.Join(b.Source, "small")
	seen := map[string]bool{}
	for _, c := range []Component{small, {Name: "small"}, {Name: "small", Variables: map[string]string{"main.v": "1"}}, {Name: "small", Packages: []string{"./x"}}} {
		k, err := key(t.Context(), c, dir)
		if err != nil || seen[k] {
			t.Errorf("%+v: key %s seen before, or error %v", c, k, err)
		}
		seen[k] = true
	}
}

func TestABuildOfPackagesNamesThemAndSetsVariables(t *testing.T) {
	b := builder(t)
	source := "package main\n\nimport \"os\"\n\nvar version = \"none\"\n\nfunc main() { os.Stdout.WriteString(version) }\n"
	for _, name := range []string{"one", "two"} {
		write(t, filepath.Join(b.Source, "one", "cmd", name, "main.go"), source)
	}
	write(t, filepath.Join(b.Source, "one", "go.mod"), "module example.com/one\n\ngo 1.26\n")
	c := Component{Name: "one", Packages: []string{"example.com/one/cmd/one", "example.com/one/cmd/two"}, Variables: map[string]string{"main.version": "v7"}}
	path, err := b.Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range c.Names() {
		if out := output(t, filepath.Join(filepath.Dir(path), name)); out != "v7" {
			t.Errorf("%s printed %q", name, out)
		}
	}
}
