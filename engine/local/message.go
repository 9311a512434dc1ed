package local

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/journal"
)

// Message is what people put into a run's inbox: `drplan approve`, `done` and `settle`.
type Message struct {
	Kind    MessageKind    `json:"kind"`
	Step    string         `json:"step"` // id, or id[key]
	Verdict engine.Verdict `json:"verdict,omitempty"`
	By      string         `json:"by"`
	Reason  string         `json:"reason,omitempty"`
}

// MessageKind names what a message says.
type MessageKind string

// The kinds of message.
const (
	Approve MessageKind = "approve"
	Reject  MessageKind = "reject"
	Done    MessageKind = "done" // a duration is over
	Settle  MessageKind = "settle"
)

// Send puts a message into the inbox of the run in dir. The driver takes it at
// once where the run is alive, else when it is resumed.
func Send(dir string, m Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return journal.Put(dir, body)
}

// Waiting is a message that no driver has taken yet.
type Waiting struct {
	Message
	File string // where it stands
}

// Unread lists the messages that wait in the inbox of the run in dir, oldest
// first. What is no message of ours is left to the driver, which notes it.
func Unread(dir string) ([]Waiting, error) {
	raw, err := journal.Unread(dir)
	if err != nil {
		return nil, err
	}
	var list []Waiting
	for _, one := range raw {
		w := Waiting{File: journal.MessageFile(dir, one.Name)}
		if json.Unmarshal(one.Body, &w.Message) == nil {
			list = append(list, w)
		}
	}
	return list, nil
}

// SplitStep splits "restore[eu]" into "restore" and "eu".
func SplitStep(s string) (node, key string) {
	node, rest, found := strings.Cut(s, "[")
	if found && strings.HasSuffix(rest, "]") {
		return node, strings.TrimSuffix(rest, "]")
	}
	return s, ""
}

// JoinStep is the inverse of SplitStep.
func JoinStep(node, key string) string {
	if key == "" {
		return node
	}
	return node + "[" + key + "]"
}

func (m Message) input() (engine.Input, error) {
	node, key := SplitStep(m.Step)
	switch m.Kind {
	case Approve, Done:
		return engine.Answered{Node: node, Key: key, OK: true, By: m.By, Reason: m.Reason}, nil
	case Reject:
		return engine.Answered{Node: node, Key: key, By: m.By, Reason: m.Reason}, nil
	case Settle:
		return engine.Settle{Node: node, Key: key, Verdict: m.Verdict, By: m.By, Reason: m.Reason}, nil
	}
	return nil, fmt.Errorf("a message of the unknown kind %q", m.Kind)
}

// takeInbox feeds what people said to the core. A message that makes no sense
// (any more) is noted: an answer must never vanish without a trace.
func (d *driver) takeInbox() error {
	messages, err := d.log.Inbox()
	if err != nil {
		return err
	}
	for _, raw := range messages {
		var m Message
		err := json.Unmarshal(raw.Body, &m)
		var in engine.Input
		if err == nil {
			in, err = m.input()
		}
		if err == nil {
			err = d.step(in)
		}
		if err != nil {
			d.note("", fmt.Sprintf("a message was not taken (%s %s by %s): %v", m.Kind, m.Step, m.By, err))
		}
		d.acks = append(d.acks, raw.Name)
	}
	return nil
}
