package notify

import (
	"context"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/internal/post"
)

// Try sends a message that says that it is a test to every channel, to all whom the
// plan could call there, and returns what became of each, in the order of the
// channels. Nothing is put down.
func Try(ctx context.Context, c Config, plan string, p post.Policy, now time.Time) []Entry {
	n := &Notifier{s: Settings{Header: engine.Header{RunID: "test", Title: "a test", Started: now, Plan: engine.PlanRef{Path: plan}}, Config: c, Policy: p}, ctx: ctx}
	fold := NewFold(n.s.Header, c)
	m := Message{ID: "test", Kind: Tested, Topic: TopicStart, At: now.UTC(), To: fold.everybody(), Title: "This is a test of drplan: nothing has happened", Facts: []Fact{{"Plan", plan}}}
	var out []Entry
	for i := range c.Channels {
		ch := &c.Channels[i]
		open := Channel{Roles: ch.Roles} // whatever it is told of otherwise
		roles, _ := open.Takes(&m)
		e := n.send(ch, &letter{m, c.people(roles)})
		e.Channel, e.Via, e.Host, e.To, e.Error = ch.Name, ch.Via, ch.Host(), c.people(roles), ch.hide(e.Error)
		out = append(out, e)
	}
	return out
}
