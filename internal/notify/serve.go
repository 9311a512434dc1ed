package notify

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/drplan/drplan/internal/post"
)

// serve sends the letters of one channel, one after another.
func (n *Notifier) serve(c *Channel, q *queue) {
	for {
		l, ok := q.take()
		if !ok {
			return
		}
		e := n.send(c, &l)
		n.put(c, &l, e)
		if e.Outcome != Sent && c.Fault == "" { // a fault has been told once
			n.s.Say(fmt.Sprintf("%s could not be told (%s): %s", c.Name, l.m.Kind, c.hide(e.Error)))
		}
	}
}

// send sends one letter.
func (n *Notifier) send(c *Channel, l *letter) Entry {
	switch {
	case c.Fault != "":
		return Entry{Outcome: NotSent, Error: c.Fault}
	case n.ctx.Err() != nil:
		return Entry{Outcome: NotSent, Error: "drplan left before it could be sent"}
	}
	body, err := n.body(c, l)
	if err != nil {
		return Entry{Outcome: NotSent, Error: err.Error()}
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"drplan"}}
	if c.Token != "" {
		header.Set("Authorization", "Bearer "+c.Token)
	}
	got, err := post.Send(n.ctx, post.Request{URL: c.URL, Header: header, Body: body}, n.s.Policy)
	e := Entry{Outcome: Sent, Attempts: got.Attempts, Status: got.Status}
	switch {
	case err != nil && n.ctx.Err() != nil:
		e.Outcome, e.Error = NotSent, "drplan left before it could be sent; "+err.Error()
	case err != nil:
		e.Outcome, e.Error = NotSent, err.Error()
	}
	return e
}

func (n *Notifier) body(c *Channel, l *letter) ([]byte, error) {
	var body []byte
	var err error
	if c.Via == ViaSlack {
		body, err = slack(&l.m, l.to, n.s.Header.RunID)
	} else {
		body, err = webhook(&l.m, l.to, &n.s.Header)
	}
	for _, secret := range n.secrets() {
		body = bytes.ReplaceAll(body, []byte(secret), []byte(redacted))
	}
	return body, err
}

// put puts down what became of a letter.
func (n *Notifier) put(c *Channel, l *letter, e Entry) {
	e.At = n.s.Now().UTC()
	e.ID, e.Kind, e.Title = l.m.ID, l.m.Kind, c.hide(clip(oneLine(l.m.Title), maxTitle))
	e.Channel, e.Via, e.Host, e.To = c.Name, c.Via, c.Host(), l.to
	e.Error = c.hide(e.Error)
	if err := n.record.Add(e); err != nil {
		n.s.Say(fmt.Sprintf("who was told what cannot be put down: %v", err))
	}
}

// Host is what may be said of where the channel goes.
func (c *Channel) Host() string {
	if c.URL == "" {
		return ""
	}
	return post.Host(c.URL)
}

const redacted = "[redacted]"

// secrets are the texts that no message shows.
func (n *Notifier) secrets() []string {
	var out []string
	for i := range n.s.Config.Channels {
		out = append(out, n.s.Config.Channels[i].secrets()...)
	}
	return out
}

// minSecret is the shortest text that is taken out: shorter ones would take half of
// every text with them.
const minSecret = 8

// secrets are the channel's token, its address and what stands in that behind the host.
func (c *Channel) secrets() []string {
	all := []string{c.Token}
	if u, err := url.Parse(c.URL); err == nil && !c.Public {
		all = append(all, c.URL, strings.TrimPrefix(u.RequestURI(), "/"))
	}
	out := all[:0]
	for _, s := range all {
		if len(s) >= minSecret {
			out = append(out, s)
		}
	}
	return out
}

func (c *Channel) hide(s string) string {
	for _, secret := range c.secrets() {
		s = strings.ReplaceAll(s, secret, redacted)
	}
	return s
}

// Secrets are what no sink of the run may show because of its channels.
func (c Config) Secrets() []string {
	var out []string
	for i := range c.Channels {
		out = append(out, c.Channels[i].secrets()...)
	}
	return out
}
