package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/notify"
	"github.com/drplan/drplan/plans"
)

func notifyFlag(cmd *cobra.Command, list *[]string) {
	cmd.Flags().StringArrayVar(list, "notify", nil, "tell this channel too: slack:env:VARIABLE or webhook:https://…; may be repeated")
}

// parseNotify reads --notify: VIA:ADDRESS, where the address is a URL or env:VARIABLE.
func parseNotify(list []string) ([]notify.Channel, error) {
	var out []notify.Channel
	for _, text := range list {
		via, address, ok := strings.Cut(text, ":")
		c := notify.Channel{Via: notify.Via(via), URL: address, Name: fmt.Sprintf("notify_%d", len(out)+1)}
		if !ok || c.Via != notify.ViaSlack && c.Via != notify.ViaWebhook {
			return nil, usage(fmt.Errorf("--notify is slack:ADDRESS or webhook:ADDRESS"), "drplan run --notify slack:env:SLACK_URL") // its text may be a secret
		}
		if name, fromEnv := strings.CutPrefix(address, "env:"); fromEnv && name != "" || isWebAddress(address) {
			out = append(out, c)
			continue
		}
		return nil, usage(fmt.Errorf("--notify %s: the address is no URL and no env:VARIABLE", via), "drplan run --notify "+via+":env:VARIABLE")
	}
	return out, nil
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// telling is whom a run tells.
type telling struct {
	config notify.Config
	dir    string // the run's
}

// tells reads whom the run in dir tells, from its plan, which may be nil, and
// --notify. A channel whose secret is missing is warned of: it is no reason not to
// recover.
func (a *app) tells(doc *plans.Document, o driveOptions, dir string) telling {
	t := telling{dir: dir, config: notify.Config{Flags: runsArg(o.runs)}}
	if doc != nil {
		a.fromPlan(&t.config, &doc.Plan)
	}
	flags, _ := parseNotify(o.notify) // it has been checked
	for _, c := range flags {
		if name, fromEnv := strings.CutPrefix(c.URL, "env:"); fromEnv {
			if c.URL = a.getenv(name); !isWebAddress(c.URL) {
				c.Fault = fmt.Sprintf("$%s holds no URL", name)
			}
		}
		t.config.Channels = append(t.config.Channels, c)
	}
	for _, c := range t.config.Channels {
		if c.Fault != "" {
			fmt.Fprintf(a.err, "warning: %s will not be told: %s\n", c.Name, c.Fault)
		}
	}
	return t
}

func (a *app) fromPlan(c *notify.Config, p *plans.Plan) {
	for _, e := range p.Contact {
		c.Contacts = append(c.Contacts, notify.Person{Role: e.Key.Value, Reach: e.Value.Value})
	}
	n := &p.Notifications
	c.EscalateAfter, c.Link = n.EscalateAfter.Value, n.Link.Value
	if n.EscalateTo != nil { // an empty list is nobody, not the default
		c.EscalateTo = append([]string{}, values(n.EscalateTo)...)
	}
	for i := range n.Channels {
		c.Channels = append(c.Channels, a.channelOf(&n.Channels[i]))
	}
}

func (a *app) channelOf(e *plans.Entry[plans.Channel]) notify.Channel {
	c := notify.Channel{Name: e.Key.Value, Via: notify.ViaWebhook, Roles: values(e.Value.Contact)}
	address := e.Value.Webhook.Value
	if e.Value.Slack.Node != nil {
		c.Via, address = notify.ViaSlack, e.Value.Slack.Value
	}
	for _, topic := range values(e.Value.Events) {
		c.Topics = append(c.Topics, notify.Topic(topic))
	}
	_, hidden := plans.SecretName(address)
	c.Public = !hidden
	c.URL = a.revealed(address, &c.Fault)
	c.Token = a.revealed(e.Value.Token.Value, &c.Fault)
	if c.Fault == "" && !isWebAddress(c.URL) {
		c.Fault = "its address is no URL"
	}
	return c
}

// revealed is a text, or the secret that it names.
func (a *app) revealed(text string, fault *string) string {
	name, hidden := plans.SecretName(text)
	if !hidden {
		return text
	}
	value, err := secrets(a.getenv)(name)
	if err != nil && *fault == "" {
		*fault = fmt.Sprintf("secret %q: %v", name, err)
	}
	return value
}

func values(list []plans.Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Value)
	}
	return out
}

// planOf is the plan that a run follows, from its folder; nil where that cannot be
// read, which is said.
func (a *app) planOf(r *run, change *engine.ChangePlan) *plans.Document {
	sum := r.view.Plan().SHA256
	if change != nil {
		sum = change.Plan.SHA256
	}
	files, _ := os.ReadDir(r.dir) // unreadable: as if it were not there
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "plan") || filepath.Ext(f.Name()) != ".yaml" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(r.dir, f.Name()))
		if doc, _ := plans.Load(f.Name(), data); err == nil && doc != nil && doc.SHA256 == sum {
			return doc
		}
	}
	fmt.Fprintf(a.err, "warning: the plan of this run is not in its folder any more: whom it tells is not known; name channels with --notify\n")
	return nil
}
