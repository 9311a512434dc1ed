package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/drplan/drplan/internal/notify"
	"github.com/drplan/drplan/report"
)

// dryTelling is whom a run would tell.
type dryTelling struct {
	First    []string     `json:"first"` // roles of the contact section
	Next     []string     `json:"next"`  // when nobody reacts
	After    float64      `json:"escalate_after_seconds"`
	Channels []dryChannel `json:"channels"`
}

type dryChannel struct {
	Name    string   `json:"name"`
	Via     string   `json:"via"`
	Host    string   `json:"host,omitempty"`
	Events  []string `json:"events"`
	Contact []string `json:"contact"`         // who reads it; none: whoever is told
	Fault   string   `json:"fault,omitempty"` // why nothing can be sent there
}

// dryTellingOf is null where nobody is told.
func dryTellingOf(c notify.Config) *dryTelling {
	if len(c.Channels) == 0 {
		return nil
	}
	next, after := c.Next()
	out := &dryTelling{First: append([]string{}, c.First()...), Next: append([]string{}, next...), After: after.Seconds(), Channels: []dryChannel{}}
	for i := range c.Channels {
		ch := &c.Channels[i]
		topics := ch.Topics
		if len(topics) == 0 {
			topics = notify.Topics
		}
		d := dryChannel{Name: ch.Name, Via: string(ch.Via), Host: ch.Host(), Events: []string{}, Contact: append([]string{}, ch.Roles...), Fault: ch.Fault}
		for _, topic := range topics {
			d.Events = append(d.Events, string(topic))
		}
		out.Channels = append(out.Channels, d)
	}
	return out
}

// writeTelling says whom a run would tell; nothing where nobody is.
func writeTelling(w io.Writer, c notify.Config) {
	d := dryTellingOf(c)
	if d == nil {
		return
	}
	fmt.Fprintf(w, "\nwhom it would tell\n")
	for _, ch := range d.Channels {
		where := ch.Via
		if ch.Host != "" {
			where += " at " + ch.Host
		}
		fmt.Fprintf(w, "  %s (%s): %s", ch.Name, where, strings.Join(ch.Events, ", "))
		if len(ch.Contact) > 0 {
			fmt.Fprintf(w, "; only what is for %s", strings.Join(ch.Contact, ", "))
		}
		if ch.Fault != "" {
			fmt.Fprintf(w, "; it cannot: %s", ch.Fault)
		}
		fmt.Fprintln(w)
	}
	if len(d.First) > 0 {
		fmt.Fprintf(w, "  first %s\n", reached(c, d.First))
	}
	_, after := c.Next()
	switch {
	case len(d.Next) > 0:
		fmt.Fprintf(w, "  after %s without a reaction %s\n", report.Duration(after), reached(c, d.Next))
	default:
		fmt.Fprintf(w, "  after %s without a reaction the same once more\n", report.Duration(after))
	}
}

// reached are roles with how to reach them.
func reached(c notify.Config, roles []string) string {
	var words []string
	for _, role := range roles {
		for _, p := range c.Contacts {
			if p.Role == role {
				words = append(words, fmt.Sprintf("%s (%s)", p.Role, p.Reach))
			}
		}
	}
	return strings.Join(words, ", ")
}
