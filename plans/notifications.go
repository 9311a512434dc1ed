package plans

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// Notifications say who is told while a run goes on.
type Notifications struct {
	Node          *yaml.Node   `plan:"node"`
	EscalateAfter Duration     `json:"escalate_after" doc:"How long those who are told first have to react, before those of escalate_to are told too. Absent: 15 minutes."`
	EscalateTo    []Text       `json:"escalate_to" doc:"Roles of contact that are told when nobody reacts. Absent: secondary and on_call, where the plan has them."`
	Link          Text         `json:"link" doc:"Where people find more; ${run.id} in it is the run's id."`
	Channels      Map[Channel] `json:"channels" plan:"required" doc:"Where messages go, by name."`
}

// Channel is where messages go: exactly one of slack and webhook.
type Channel struct {
	Node    *yaml.Node `plan:"node"`
	Slack   Text       `json:"slack" doc:"An incoming webhook of Slack, or of what takes its payload. Its URL is a secret: ${secret.NAME}."`
	Webhook Text       `json:"webhook" doc:"A URL that takes JSON by POST: the URL, or ${secret.NAME}."`
	Token   Text       `json:"token" doc:"Sent to the webhook as Authorization: Bearer; a ${secret.NAME}."`
	Contact []Text     `json:"contact" doc:"Roles of contact who read the channel: messages to others do not go there. Absent: whoever is told."`
	Events  []Text     `json:"events" enum:"start,waiting,failure,end" doc:"What is told there: that a run starts, waits for people, fails, ends. Absent: all of it."`
}

var secretHole = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\$\{\s*secret\.([A-Za-z_][A-Za-z0-9_]*)\s*\}$`) })

// SecretName is the NAME of a text that is ${secret.NAME} and nothing else.
func SecretName(s string) (name string, ok bool) {
	m := secretHole().FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// notifications checks what belongs together: roles, addresses, secrets.
func (r *reporter) notifications(p *Plan) {
	n := &p.Notifications
	if n.Node == nil || n.Node.Kind != yaml.MappingNode {
		return
	}
	r.roles(p, n.EscalateTo)
	if rest := strings.ReplaceAll(n.Link.Value, "${run.id}", "id"); n.Link.Node != nil && (strings.Contains(rest, "${") || !isURL(rest)) {
		r.errorf(n.Link.Node, RuleValue, "write it as https://example.com/runs/${run.id}", "\"link\" is no URL")
	}
	if present(n.Node, "channels") != nil && len(n.Channels) == 0 {
		r.errorf(n.Node, RuleRequired, "add a channel with `slack:` or `webhook:`", "\"channels\" is empty: nobody would be told")
	}
	for i := range n.Channels {
		r.channel(p, &n.Channels[i])
	}
}

// roles holds names to those of the contact section.
func (r *reporter) roles(p *Plan, roles []Text) {
	known := p.Contact.Names()
	for _, role := range roles {
		if role.Node != nil && !slices.Contains(known, role.Value) {
			r.errorf(role.Node, RuleReference, didYouMean(role.Value, known), "contact has no role %q", role.Value)
		}
	}
}

func (r *reporter) channel(p *Plan, e *Entry[Channel]) {
	c := &e.Value
	if c.Node == nil || c.Node.Kind != yaml.MappingNode {
		return
	}
	r.roles(p, c.Contact)
	switch {
	case c.Slack.Node != nil && c.Webhook.Node != nil:
		r.errorf(c.Node, RuleValue, "make two channels of it", "the channel %q is \"slack\" or \"webhook\", not both", e.Key.Value)
	case present(c.Node, "slack") == nil && present(c.Node, "webhook") == nil:
		r.errorf(e.Key.Node, RuleRequired, "say `slack: ${secret.NAME}` or `webhook: https://…`", "the channel %q goes nowhere", e.Key.Value)
	}
	if c.Token.Node != nil && c.Webhook.Node == nil {
		r.errorf(c.Token.Node, RuleValue, "", "\"token\" goes with \"webhook\": Slack's URL is its own secret")
	}
	r.secretOnly("slack", c.Slack)
	r.secretOnly("token", c.Token)
	r.webhookURL(c.Webhook)
}

// secretOnly refuses what everybody who reads the plan could use.
func (r *reporter) secretOnly(key string, t Text) {
	if _, ok := SecretName(t.Value); t.Node != nil && !ok {
		r.errorf(t.Node, RuleSecret, "write ${secret.NAME}, and give its value as $DRPLAN_SECRET_NAME", "%q is a secret, and a plan is read by many", key)
	}
}

func (r *reporter) webhookURL(t Text) {
	if _, ok := SecretName(t.Value); t.Node == nil || ok {
		return
	}
	u, err := url.Parse(t.Value)
	switch {
	case err == nil && u.User != nil:
		r.errorf(t.Node, RuleSecret, "write ${secret.NAME}, or give the password as `token: ${secret.NAME}`", "the URL holds a password, and a plan is read by many")
	case !isURL(t.Value):
		r.errorf(t.Node, RuleValue, "write it as https://example.com/hook, or as ${secret.NAME}", "\"webhook\" is no URL")
	}
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
