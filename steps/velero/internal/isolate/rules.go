package isolate

import (
	"fmt"

	"sigs.k8s.io/yaml"
)

// TakenOut are the kinds that are not restored at all: what routes traffic from
// outside to the copy, publishes names or asks for certificates, and policies of
// other makers than Kubernetes that could allow what is denied. No rule could
// make all of their controllers ignore them.
var TakenOut = []string{
	"ingresses.networking.k8s.io", "ingresses.extensions",
	"gateways.gateway.networking.k8s.io", "httproutes.gateway.networking.k8s.io", "grpcroutes.gateway.networking.k8s.io",
	"tlsroutes.gateway.networking.k8s.io", "tcproutes.gateway.networking.k8s.io", "udproutes.gateway.networking.k8s.io",
	"ingressroutes.traefik.io", "ingressroutetcps.traefik.io", "ingressrouteudps.traefik.io", "httpproxies.projectcontour.io",
	"virtualservices.networking.istio.io", "gateways.networking.istio.io", "routes.route.openshift.io",
	"dnsendpoints.externaldns.k8s.io", "certificates.cert-manager.io",
	"ciliumnetworkpolicies.cilium.io", "networkpolicies.crd.projectcalico.org", "networkpolicies.projectcalico.org",
}

// The format of Velero's resource modifiers, v1. Velero's own package is internal
// to it; the lab's tests hold this one against a real server.
type modifiers struct {
	Version string `json:"version"`
	Rules   []rule `json:"resourceModifierRules"`
}

type rule struct {
	Conditions   conditions   `json:"conditions"`
	Patches      []patch      `json:"patches,omitempty"`
	MergePatches []mergePatch `json:"mergePatches,omitempty"`
}

type conditions struct {
	GroupResource string  `json:"groupResource"`
	Matches       []match `json:"matches,omitempty"`
}

type match struct {
	Path  string `json:"path"`
	Value string `json:"value"`
}

type patch struct {
	Operation string `json:"operation"`
	Path      string `json:"path"`
	Value     string `json:"value"`
}

type mergePatch struct {
	PatchData string `json:"patchData"`
}

// Rules is the document of Velero's resource modifiers that takes out of objects
// what would act.
func Rules() (string, error) {
	all := modifiers{Version: "v1"}
	all.Rules = append(all.Rules, suspended()...)
	all.Rules = append(all.Rules, services()...)
	all.Rules = append(all.Rules, unpublished()...)
	all.Rules = append(all.Rules, offTheHost()...)
	all.Rules = append(all.Rules, rule{
		// Policies add up: one that the backup brings could allow what ours denies.
		Conditions:   conditions{GroupResource: "networkpolicies.networking.k8s.io"},
		MergePatches: []mergePatch{{`{"spec": {"ingress": null, "egress": null, "policyTypes": ["Ingress", "Egress"]}}`}},
	})
	text, err := yaml.Marshal(all)
	return string(text), err
}

// suspended: a schedule would fire, and a job that was under way would begin again.
func suspended() []rule {
	const patch = `{"spec": {"suspend": true}}`
	return []rule{merge("cronjobs.batch", patch), merge("jobs.batch", patch)}
}

// services: none is reached from outside the cluster.
func services() []rule {
	rules := []rule{merge("services", `{"spec": {"externalIPs": null}}`)}
	for _, typ := range []string{"LoadBalancer", "NodePort"} {
		rules = append(rules, rule{
			Conditions: conditions{GroupResource: "services", Matches: []match{{"/spec/type", typ}}},
			MergePatches: []mergePatch{{`{"spec": {"type": "ClusterIP", "allocateLoadBalancerNodePorts": null, "externalTrafficPolicy": null,
"healthCheckNodePort": null, "loadBalancerIP": null, "loadBalancerClass": null, "loadBalancerSourceRanges": null}}`}},
		})
		rules = append(rules, nodePorts(typ)...)
	}
	return rules
}

// maxPorts is of how many ports of a service the node's port is taken away: those
// that its author chose survive in Velero, and would collide with production's.
const maxPorts = 12

// nodePorts sets each port's node port to none. There is no wildcard for the
// elements of a list, and a patch of one that is not there is an error: that it
// is there shows in its protocol, which the API server always fills in.
func nodePorts(typ string) []rule {
	var rules []rule
	for i := range maxPorts {
		at := fmt.Sprintf("/spec/ports/%d", i)
		for _, protocol := range []string{"TCP", "UDP", "SCTP"} {
			rules = append(rules, rule{
				Conditions: conditions{GroupResource: "services", Matches: []match{{"/spec/type", typ}, {at + "/protocol", protocol}}},
				Patches:    []patch{{"add", at + "/nodePort", "0"}},
			})
		}
	}
	return rules
}

// published are the annotations by which external-dns takes a name from an object.
var published = `{"external-dns.alpha.kubernetes.io/hostname": null, "external-dns.alpha.kubernetes.io/internal-hostname": null,
"external-dns.alpha.kubernetes.io/target": null, "external-dns.alpha.kubernetes.io/endpoints-type": null, "external-dns.alpha.kubernetes.io/access": null}`

func unpublished() []rule {
	own := fmt.Sprintf(`{"metadata": {"annotations": %s}}`, published)
	rules := []rule{merge("services", own), merge("pods", own)}
	for _, kind := range templated {
		rules = append(rules, merge(kind, fmt.Sprintf(`{"spec": {"template": %s}}`, own)))
	}
	return rules
}

// templated are the kinds that make pods from a template of theirs.
var templated = []string{"deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "replicationcontrollers"}

// offTheHost: no network policy binds a pod in the node's own network.
func offTheHost() []rule {
	rules := []rule{{
		Conditions:   conditions{GroupResource: "pods", Matches: []match{{"/spec/hostNetwork", "true"}}},
		MergePatches: []mergePatch{{`{"spec": {"hostNetwork": false}}`}},
	}}
	for _, kind := range templated {
		rules = append(rules, rule{
			Conditions:   conditions{GroupResource: kind, Matches: []match{{"/spec/template/spec/hostNetwork", "true"}}},
			MergePatches: []mergePatch{{`{"spec": {"template": {"spec": {"hostNetwork": false}}}}`}},
		})
	}
	return append(rules, rule{
		Conditions:   conditions{GroupResource: "cronjobs.batch", Matches: []match{{"/spec/jobTemplate/spec/template/spec/hostNetwork", "true"}}},
		MergePatches: []mergePatch{{`{"spec": {"jobTemplate": {"spec": {"template": {"spec": {"hostNetwork": false}}}}}}`}},
	})
}

func merge(groupResource, data string) rule {
	return rule{Conditions: conditions{GroupResource: groupResource}, MergePatches: []mergePatch{{data}}}
}
