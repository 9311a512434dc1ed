package notify

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/drplan/drplan/report"
)

// Topic is what a channel can choose to be told of.
type Topic string

// The topics.
const (
	TopicStart   Topic = "start"   // a run begins, or goes on
	TopicWaiting Topic = "waiting" // it waits for a person
	TopicFailure Topic = "failure" // a step failed, or the objective has passed
	TopicEnd     Topic = "end"     // it ended, or stopped
)

// Topics lists them all.
var Topics = []Topic{TopicStart, TopicWaiting, TopicFailure, TopicEnd}

// Kind says what a message is about, more closely than its Topic.
type Kind string

// The kinds of message.
const (
	Started   Kind = "started"
	Resumed   Kind = "resumed"
	Waiting   Kind = "waiting"
	Failed    Kind = "failed"
	Overdue   Kind = "overdue"   // the RTO's target has passed, the recovery has not ended
	Escalated Kind = "escalated" // nobody has reacted to an earlier message
	Answered  Kind = "answered"  // somebody has, after that
	Ended     Kind = "ended"
	Stopped   Kind = "stopped" // in doubt, interrupted, or the process is gone
	Tested    Kind = "test"    // of the channels, without a run
)

// Person is somebody of the plan's contact section.
type Person struct {
	Role  string `json:"role"`
	Reach string `json:"reach"` // an address, a number, as the plan has it
}

// Message is what people are told. Its texts are plain: whoever writes it down for a
// medium escapes them.
type Message struct {
	ID    string    // within the run; the same of the same event, whoever folds it
	Kind  Kind      //
	Topic Topic     //
	At    time.Time // of what it tells
	To    []string  // roles of the contact section; empty: whoever reads the channel

	Title   string
	Facts   []Fact
	Detail  string   // an error, a question: text of a step
	Do      []string // commands to type
	Link    string
	Step    string // with its key
	Summary *report.Summary
}

// Fact is one thing to know.
type Fact struct{ Name, Value string }

// Channel is where messages go.
type Channel struct {
	Name   string
	Via    Via
	URL    string // resolved
	Public bool   // the URL is no secret: it stands in the plan
	Fault  string // why nothing can be sent there, such as a secret that is missing
	Token  string // sent as a bearer token; a secret
	Roles  []string
	Topics []Topic // empty: all
}

// Via is how a channel takes messages.
type Via string

// The ways.
const (
	ViaSlack   Via = "slack"
	ViaWebhook Via = "webhook"
)

// Takes reports whether a message goes to the channel, and who of those it is for
// read it there.
func (c *Channel) Takes(m *Message) (to []string, ok bool) {
	if len(c.Topics) > 0 && !slices.Contains(c.Topics, m.Topic) {
		return nil, false
	}
	if len(c.Roles) == 0 || len(m.To) == 0 {
		return m.To, true
	}
	for _, role := range m.To {
		if slices.Contains(c.Roles, role) {
			to = append(to, role)
		}
	}
	return to, len(to) > 0
}

// objective is a part of a summary as reports have it.
func objective(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // of numbers and strings
	}
	return raw
}
