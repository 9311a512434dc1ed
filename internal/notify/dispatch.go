package notify

import "fmt"

// remember reads what was told before this process.
func (n *Notifier) remember() {
	entries, err := n.record.Entries()
	if err != nil {
		n.s.Say(fmt.Sprintf("what was told before cannot be read, and may be told twice: %v", err))
	}
	for _, e := range entries {
		if e.Outcome == Sent {
			n.told[[2]string{e.ID, e.Channel}] = true
		}
	}
}

// tick tells what time calls for, unless somebody has acknowledged it.
func (n *Notifier) tick() {
	now := n.s.Now()
	if at, ok := n.fold.Next(); !ok || now.Before(at) {
		return
	}
	n.acknowledged()
	n.dispatch(n.fold.Tick(now))
}

func (n *Notifier) acknowledged() {
	entries, _ := n.record.Entries() // unreadable: then nobody has, as far as is known
	for _, e := range entries {
		if e.Outcome == Acknowledged {
			n.fold.Acknowledge(e.At)
		}
	}
}

// dispatch puts messages into the queues of the channels that take them.
func (n *Notifier) dispatch(messages []Message) {
	for _, m := range messages {
		for i := range n.queues {
			c := &n.s.Config.Channels[i]
			key := [2]string{m.ID, c.Name}
			roles, ok := c.Takes(&m)
			if !ok || n.told[key] {
				continue
			}
			n.told[key] = true
			if gone := n.queues[i].put(letter{m, n.s.Config.people(roles)}); gone != nil {
				n.put(c, gone, Entry{Outcome: Dropped, Error: fmt.Sprintf("more than %d messages were waiting", backlog)})
			}
		}
	}
}

func (n *Notifier) closeQueues() {
	for _, q := range n.queues {
		q.close()
	}
}
