package component

import (
	"fmt"
	"path"
	"slices"
)

// Component is one build of one module, nearly always one binary.
type Component struct {
	Name     string   // the folder below the source folder, and the (first) binary's name
	Links    []string // further names for the same binary (multi-call)
	Packages []string // the main packages, of other modules, to build; none: the folder's own
	// Variables are string variables of packages that the linker sets.
	Variables map[string]string
	Minutes   int // of a first build on 2 cores, for people; 0: a minute or two
}

// Versions of what the whole cluster runs; a test holds them against the go.mod
// of each component.
const (
	KubernetesVersion = "v1.37.2"
	VeleroVersion     = "v1.18.3"
	VeleroAWSVersion  = "v1.14.3"
	CoreDNSVersion    = "v1.15.0"
)

// Etcd are the components of the etcd lab.
var Etcd = []Component{
	{Name: "etcd", Links: []string{"etcdctl", "etcdutl"}},
	{Name: "versitygw", Minutes: 2},
}

// Cluster are the components that the whole cluster needs beside those of the
// etcd lab. The longest build comes first.
var Cluster = []Component{
	{
		Name:  "kubernetes",
		Links: []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"},
		Variables: map[string]string{
			"k8s.io/component-base/version.gitVersion": KubernetesVersion,
			"k8s.io/component-base/version.gitMajor":   "1",
			"k8s.io/component-base/version.gitMinor":   "37",
		},
		Minutes: 11,
	},
	{
		Name: "velero",
		Packages: []string{
			"github.com/vmware-tanzu/velero/cmd/velero",
			"github.com/vmware-tanzu/velero/cmd/velero-helper",
			"github.com/vmware-tanzu/velero/cmd/velero-restore-helper",
		},
		Variables: map[string]string{
			"github.com/vmware-tanzu/velero/pkg/buildinfo.Version":       VeleroVersion,
			"github.com/vmware-tanzu/velero/pkg/buildinfo.ImageRegistry": "velero",
		},
		Minutes: 5,
	},
	{
		Name: "velero-plugin-for-aws",
		Packages: []string{
			"github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
			"github.com/vmware-tanzu/velero-plugin-for-aws/hack/cp-plugin",
		},
		Minutes: 3,
	},
	{Name: "coredns", Minutes: 2},
	{Name: "node-agents", Links: []string{"lab-policy", "local-volumes", "network-policies"}, Minutes: 1},
}

// All are all components.
func All() []Component { return slices.Concat(Etcd, Cluster) }

// Find returns the component called name.
func Find(name string) (Component, error) {
	all := All()
	at := slices.IndexFunc(all, func(c Component) bool { return c.Name == name })
	if at < 0 {
		return Component{}, fmt.Errorf("no component is called %q", name)
	}
	return all[at], nil
}

// Names are the names of the binaries that a build of c leaves beside one
// another, links included.
func (c Component) Names() []string {
	names := []string{c.Name}
	for _, p := range c.Packages {
		if name := path.Base(p); name != c.Name {
			names = append(names, name)
		}
	}
	return append(names, c.Links...)
}
