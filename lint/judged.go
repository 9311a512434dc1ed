package lint

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/plans"
)

// word is the value of one of a step's own fields as text; "" where it is absent or
// no scalar.
func word(st *plans.OutlineStep, field string) string {
	if n := st.Field(field); n != nil {
		return n.Value
	}
	return ""
}

// verifies reports whether a step's success is evidence that the service is back. A
// canary's is when it is looked for.
func verifies(st *plans.OutlineStep) bool {
	return st.Kind.Verifies && (st.Kind.Type != "canary" || word(st, "action") == "check")
}

// Kubernetes reports whether anything in the plan speaks of a Kubernetes cluster.
func (s *Subject) Kubernetes() bool {
	if s.kubernetes == nil {
		is := len(s.Plan().Clusters) > 0 || slices.ContainsFunc(s.Steps(), func(st *plans.OutlineStep) bool {
			return st.NeedsCluster || strings.Contains(word(st, "kubeadm"), "kubernetes")
		}) || slices.ContainsFunc(s.Calls(), func(c *Call) bool {
			return slices.Contains([]string{"kubectl", "velero", "helm", "kubeadm", "crictl", "oc", "flux"}, c.Name) || strings.Contains(c.String(), "kube")
		}) || bytes.Contains(s.Doc.Bytes, []byte("/etc/kubernetes"))
		s.kubernetes = &is
	}
	return *s.kubernetes
}

// provisions reports whether a step makes a new machine or a new cluster, as far as
// its words or its commands say.
func (s *Subject) provisions(st *plans.OutlineStep) bool {
	for _, c := range s.CallsOf(st) {
		if c.Runs("terraform", "apply") || c.Runs("tofu", "apply") || c.Runs("kubeadm", "init") || c.Runs("kubeadm", "join") || c.Runs("eksctl", "create", "cluster") || c.Runs("az", "aks", "create") || c.Runs("kind", "create", "cluster") || c.Runs("k3d", "cluster", "create") ||
			c.Name == "gcloud" && slices.Contains(c.Words(), "create") || c.Runs("aws", "eks") && slices.Contains(c.Words(), "create-cluster") || c.Name == "k3s" || c.Name == "clusterctl" {
			return true
		}
	}
	if st.Kind.Wait == "" && st.Kind.Type != "command" {
		return false
	}
	name := " " + strings.ToLower(st.Name.Value) + " "
	for _, w := range []string{"provision", " new cluster", " new node", " new machine", " new server", " new control plane", "build the cluster", "create cluster", "create the cluster"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// nearby is how many steps before or after another are looked at, where each of many
// looks at the others.
const nearby = 100

// above lists the steps of a list that are nearby before its i-th, and itself.
func above(list []*plans.OutlineStep, i int) []*plans.OutlineStep {
	return list[max(0, i-nearby) : i+1]
}

// below lists the i-th step of a list, and those nearby after it.
func below(list []*plans.OutlineStep, i int) []*plans.OutlineStep {
	return list[i:min(i+nearby, len(list))]
}

// literal reports whether a word is what it says: no variable, no expression, no
// pattern.
func literal(word string) bool { return !strings.ContainsAny(word, "$`*?{<") }

// keysBelow lists the keys of all mappings below a node.
func keysBelow(n *yaml.Node) []string {
	var out []string
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			out = append(out, child.Value)
			continue
		}
		out = append(out, keysBelow(child)...)
	}
	return out
}
