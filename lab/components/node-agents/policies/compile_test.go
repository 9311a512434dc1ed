package policies

import (
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// cluster has a shop with two pods, and a stranger.
func cluster(t *testing.T, policies ...string) state {
	t.Helper()
	s := state{
		pods: []pod{
			{namespace: "shop", name: "web", ip: "10.0.0.1", labels: map[string]string{"app": "web"}, ports: []v1.ContainerPort{{Name: "http", Protocol: v1.ProtocolTCP, ContainerPort: 8080}}},
			{namespace: "shop", name: "db", ip: "10.0.0.2", labels: map[string]string{"app": "db"}, ports: []v1.ContainerPort{{Name: "http", Protocol: v1.ProtocolTCP, ContainerPort: 9090}}},
			{namespace: "other", name: "web", ip: "10.0.0.3", labels: map[string]string{"app": "web"}},
		},
		namespaces: map[string]map[string]string{"shop": {"team": "a"}, "other": {"team": "b"}},
	}
	for _, text := range policies {
		policy := &networking.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p"}}
		if err := yaml.UnmarshalStrict([]byte(text), &policy.Spec); err != nil {
			t.Fatal(err)
		}
		s.policies = append(s.policies, policy)
	}
	return s
}

// TestCompile names the chains of the shop's pods W (web) and D (db), with the
// direction's first letter before.
func TestCompile(t *testing.T) {
	for _, c := range []struct {
		name, policy, want string
	}{
		{"deny all", `{podSelector: {}, policyTypes: [Ingress, Egress]}`, `
			-d 10.0.0.1/32 -j IW; IW -j DROP; -s 10.0.0.1/32 -j EW; EW -j DROP
			-d 10.0.0.2/32 -j ID; ID -j DROP; -s 10.0.0.2/32 -j ED; ED -j DROP`},
		{"without types and rules: ingress", `{podSelector: {matchLabels: {app: web}}}`, `
			-d 10.0.0.1/32 -j IW; IW -j DROP`},
		{"without types, with egress: both", `{podSelector: {matchLabels: {app: web}}, egress: [{}]}`, `
			-d 10.0.0.1/32 -j IW; IW -j DROP; -s 10.0.0.1/32 -j EW; EW -j RETURN; EW -j DROP`},
		{"a pod selector means pods of the same namespace", `{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}`, `
			-d 10.0.0.2/32 -j ID; ID -s 10.0.0.1/32 -j RETURN; ID -j DROP`},
		{"a namespace selector means all its pods", `{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: b}}}]}]}`, `
			-d 10.0.0.2/32 -j ID; ID -s 10.0.0.3/32 -j RETURN; ID -j DROP`},
		{"both selectors must match", `{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}]}]}`, `
			-d 10.0.0.2/32 -j ID; ID -s 10.0.0.1/32 -j RETURN; ID -s 10.0.0.3/32 -j RETURN; ID -j DROP`},
		{"ports, of any peer", `{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: 80}, {protocol: UDP, port: 1, endPort: 9}, {protocol: UDP}]}]}`, `
			-d 10.0.0.1/32 -j IW; IW -p tcp --dport 80 -j RETURN; IW -p udp --dport 1:9 -j RETURN; IW -p udp -j RETURN; IW -j DROP`},
		{"a named port is the receiver's", `{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: http}]}]}`, `
			-d 10.0.0.1/32 -j IW; IW -p tcp --dport 8080 -j RETURN; IW -j DROP`},
		{"a named port of a peer", `{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: http}]}]}`, `
			-s 10.0.0.1/32 -j EW; EW -d 10.0.0.2/32 -p tcp --dport 9090 -j RETURN; EW -j DROP`},
		{"an address block with an exception", `{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/30, except: [10.1.0.1/32]}}]}]}`, `
			-d 10.0.0.1/32 -j IW; IW -s 10.1.0.0/32 -j RETURN; IW -s 10.1.0.2/31 -j RETURN; IW -j DROP`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, rules := cluster(t, c.policy).compile()
			if len(rules) == 0 || !strings.Contains(rules[0], "ESTABLISHED") {
				t.Fatalf("the first rule does not let answers through: %v", rules)
			}
			if got, want := readable(rules[1:]), split(c.want); !slices.Equal(got, want) {
				t.Errorf("rules\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func readable(rules []string) (short []string) {
	web, db := pod{namespace: "shop", name: "web"}, pod{namespace: "shop", name: "db"}
	names := strings.NewReplacer(
		chainName(web, networking.PolicyTypeIngress), "IW", chainName(web, networking.PolicyTypeEgress), "EW",
		chainName(db, networking.PolicyTypeIngress), "ID", chainName(db, networking.PolicyTypeEgress), "ED",
		"-A "+top+" ", "", "-A ", "")
	for _, r := range rules {
		short = append(short, names.Replace(r))
	}
	return short
}

func split(text string) (lines []string) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if part = strings.TrimSpace(part); part != "" {
			lines = append(lines, part)
		}
	}
	return lines
}

func TestWithoutPoliciesAllIsOpen(t *testing.T) {
	chains, rules := cluster(t).compile()
	if len(rules) != 0 || !slices.Equal(chains, []string{top}) {
		t.Errorf("chains %v, rules %v", chains, rules)
	}
}
