package policies

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// top is the chain that all packets of pods pass.
const top = "LAB-POLICY"

// pod is what policies see of a pod.
type pod struct {
	namespace, name, ip string
	labels              map[string]string
	ports               []v1.ContainerPort
}

// state is all that decides.
type state struct {
	pods       []pod
	namespaces map[string]map[string]string // labels by name
	policies   []*networking.NetworkPolicy
}

// direction is one of the two ways that a packet can go, as seen from a pod.
type direction struct {
	kind      networking.PolicyType
	own, peer string // iptables' options for the pod's address and the other's
}

var directions = []direction{
	{networking.PolicyTypeIngress, "-d", "-s"},
	{networking.PolicyTypeEgress, "-s", "-d"},
}

// compile returns the chains and their rules, as iptables-restore takes them.
// A pod without policies in a direction has no chain for it, and is open.
func (s state) compile() (chains, rules []string) {
	chains = []string{top}
	for _, p := range s.pods {
		for _, d := range directions {
			policies := s.selecting(p, d.kind)
			if len(policies) == 0 {
				continue
			}
			chain := chainName(p, d.kind)
			chains = append(chains, chain)
			rules = append(rules, fmt.Sprintf("-A %s %s %s/32 -j %s", top, d.own, p.ip, chain))
			for _, policy := range policies {
				rules = append(rules, s.allow(chain, p, policy, d)...)
			}
			rules = append(rules, "-A "+chain+" -j DROP")
		}
	}
	if len(rules) > 0 {
		rules = slices.Insert(rules, 0, "-A "+top+" -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN")
	}
	return chains, rules
}

// chainName has at most 28 bytes.
func chainName(p pod, kind networking.PolicyType) string {
	sum := sha256.Sum256([]byte(p.namespace + "/" + p.name))
	return "LAB-" + strings.ToUpper(string(kind[:1])) + "-" + hex.EncodeToString(sum[:8])
}

// selecting are the policies that hold for the pod in one direction.
func (s state) selecting(p pod, kind networking.PolicyType) (found []*networking.NetworkPolicy) {
	for _, policy := range s.policies {
		if policy.Namespace == p.namespace && hasType(policy, kind) && matches(&policy.Spec.PodSelector, p.labels) {
			found = append(found, policy)
		}
	}
	return found
}

// hasType knows the default: ingress always, egress if there are rules for it.
func hasType(policy *networking.NetworkPolicy, kind networking.PolicyType) bool {
	if len(policy.Spec.PolicyTypes) > 0 {
		return slices.Contains(policy.Spec.PolicyTypes, kind)
	}
	return kind == networking.PolicyTypeIngress || len(policy.Spec.Egress) > 0
}

// rule is an ingress or an egress rule.
type rule struct {
	peers []networking.NetworkPolicyPeer
	ports []networking.NetworkPolicyPort
}

func rulesOf(policy *networking.NetworkPolicy, kind networking.PolicyType) (rules []rule) {
	if kind == networking.PolicyTypeIngress {
		for _, r := range policy.Spec.Ingress {
			rules = append(rules, rule{r.From, r.Ports})
		}
		return rules
	}
	for _, r := range policy.Spec.Egress {
		rules = append(rules, rule{r.To, r.Ports})
	}
	return rules
}

// allow returns the iptables rules that let through what the policy allows.
func (s state) allow(chain string, p pod, policy *networking.NetworkPolicy, d direction) (rules []string) {
	for _, r := range rulesOf(policy, d.kind) {
		if len(r.peers) == 0 {
			rules = append(rules, s.allowPeer(chain, p, "", nil, r.ports, d)...)
		}
		for _, peer := range r.peers {
			if peer.IPBlock != nil {
				for _, block := range blocks(peer.IPBlock) {
					rules = append(rules, s.allowPeer(chain, p, block, nil, r.ports, d)...)
				}
				continue
			}
			for _, other := range s.peers(policy.Namespace, peer) {
				rules = append(rules, s.allowPeer(chain, p, other.ip+"/32", &other, r.ports, d)...)
			}
		}
	}
	return rules
}

// peers are the pods that the two selectors of peer select together.
func (s state) peers(own string, peer networking.NetworkPolicyPeer) (found []pod) {
	for _, p := range s.pods {
		inNamespace := p.namespace == own
		if peer.NamespaceSelector != nil {
			inNamespace = matches(peer.NamespaceSelector, s.namespaces[p.namespace])
		}
		if inNamespace && (peer.PodSelector == nil || matches(peer.PodSelector, p.labels)) {
			found = append(found, p)
		}
	}
	return found
}

// allowPeer lets the packets of one peer through: of the address block if it is
// not empty, on the ports if there are any. other is the peer if it is a pod.
func (s state) allowPeer(chain string, p pod, block string, other *pod, ports []networking.NetworkPolicyPort, d direction) (rules []string) {
	match := "-A " + chain
	if block != "" {
		match += " " + d.peer + " " + block
	}
	if len(ports) == 0 {
		return []string{match + " -j RETURN"}
	}
	// Named ports are those of the pod that the packet goes to.
	target := []pod{p}
	if d.kind == networking.PolicyTypeEgress {
		target = s.pods
		if other != nil {
			target = []pod{*other}
		}
	}
	for _, port := range ports {
		for _, m := range portMatches(port, target, d) {
			rules = append(rules, match+m+" -j RETURN")
		}
	}
	return rules
}

// portMatches are iptables' options for one port of a policy.
func portMatches(port networking.NetworkPolicyPort, target []pod, d direction) []string {
	protocol := v1.ProtocolTCP
	if port.Protocol != nil {
		protocol = *port.Protocol
	}
	match := " -p " + strings.ToLower(string(protocol))
	switch {
	case port.Port == nil:
		return []string{match}
	case port.Port.Type == intstr.String:
		return named(match, protocol, port.Port.StrVal, target, d)
	case port.EndPort != nil:
		return []string{fmt.Sprintf("%s --dport %d:%d", match, port.Port.IntVal, *port.EndPort)}
	}
	return []string{fmt.Sprintf("%s --dport %d", match, port.Port.IntVal)}
}

// named finds the number that each target pod gives the port's name.
func named(match string, protocol v1.Protocol, name string, target []pod, d direction) (all []string) {
	for _, p := range target {
		for _, c := range p.ports {
			if c.Name != name || c.Protocol != protocol {
				continue
			}
			m := fmt.Sprintf("%s --dport %d", match, c.ContainerPort)
			if d.kind == networking.PolicyTypeEgress && len(target) > 1 {
				m = fmt.Sprintf(" -d %s/32%s", p.ip, m)
			}
			all = append(all, m)
		}
	}
	return all
}

// matches is false for a selector that does not parse; the API server lets none
// of those in.
func matches(selector *metav1.LabelSelector, have map[string]string) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && s.Matches(labels.Set(have))
}
