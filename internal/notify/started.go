package notify

import (
	"cmp"
	"fmt"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

func (f *Fold) started(ev *engine.Event) Message {
	m := f.message(Started, TopicStart, "started", ev.Wall, fmt.Sprintf("%s started: %s", f.mode(), f.name()))
	m.Facts = append(f.targets(), Fact{"Begun by", f.by()})
	if f.header.Why != "" {
		m.Facts = append(m.Facts, Fact{"What it shows", f.header.Why})
	}
	m.Do = []string{f.command("report", "")}
	return m
}

func (f *Fold) goesOn(ev *engine.Event) []Message {
	f.close(func(c *call) bool { return c.failure })
	f.doubts, f.stopping, f.over = nil, false, false
	m := f.message(Resumed, TopicStart, numbered("resumed", ev), ev.Wall, fmt.Sprintf("%s goes on: %s", f.mode(), f.name()))
	if ev.By != "" {
		m.Facts = append(m.Facts, Fact{"Taken up by", ev.By})
	}
	if ev.Gap > 0 {
		m.Facts = append(m.Facts, Fact{"Nobody drove it for", report.Duration(ev.Gap)})
	}
	return f.tell(m)
}

// by is who began the run, and where.
func (f *Fold) by() string {
	who := cmp.Or(f.header.User, "somebody")
	if f.header.Host != "" {
		who += "@" + f.header.Host
	}
	return who
}
