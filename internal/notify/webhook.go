package notify

import (
	"encoding/json"
	"time"

	"github.com/drplan/drplan/engine"
)

// WebhookVersion is the version of the webhook's JSON. Keys are added under the same
// version; one that changes or goes makes a new one.
const WebhookVersion = 1

// webhookMessage is the payload of a webhook.
type webhookMessage struct {
	SchemaVersion int        `json:"schema_version"`
	ID            string     `json:"id"` // of the message, for whoever gets it twice
	Kind          Kind       `json:"kind"`
	Event         Topic      `json:"event"`
	At            time.Time  `json:"at"`
	To            []Person   `json:"to"`
	Title         string     `json:"title"`
	Text          string     `json:"text"` // all of it, for people
	Step          string     `json:"step,omitempty"`
	Detail        string     `json:"detail,omitempty"`
	Facts         []fact     `json:"facts"`
	Commands      []string   `json:"commands"`
	Link          string     `json:"link,omitempty"`
	Run           webhookRun `json:"run"`

	Result string          `json:"result,omitempty"` // at the end: as in the run's summary
	RTO    json.RawMessage `json:"rto,omitempty"`
	RPO    json.RawMessage `json:"rpo,omitempty"`
}

type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type webhookRun struct {
	ID        string      `json:"id"`
	Mode      engine.Mode `json:"mode"`
	Scenario  string      `json:"scenario"`
	Title     string      `json:"title,omitempty"`
	Procedure string      `json:"procedure,omitempty"`
	Plan      string      `json:"plan"`
	SHA256    string      `json:"plan_sha256"`
	Host      string      `json:"host,omitempty"`
	StartedAt time.Time   `json:"started_at"`
}

// webhook writes a message as JSON.
func webhook(m *Message, to []Person, h *engine.Header) ([]byte, error) {
	out := webhookMessage{
		SchemaVersion: WebhookVersion, ID: h.RunID + "/" + m.ID, Kind: m.Kind, Event: m.Topic, At: m.At, To: to,
		Title: oneLine(m.Title), Text: plain(m, to, h.RunID), Step: m.Step, Detail: block(m.Detail), Facts: []fact{},
		Commands: append([]string{}, m.Do...), Link: m.Link,
		Run: webhookRun{ID: h.RunID, Mode: h.Mode, Scenario: h.Scenario, Title: h.Title, Procedure: h.Procedure,
			Plan: h.Plan.Path, SHA256: h.Plan.SHA256, Host: h.Host, StartedAt: h.Started.UTC()},
	}
	for _, x := range m.Facts {
		out.Facts = append(out.Facts, fact{x.Name, oneLine(x.Value)})
	}
	if s := m.Summary; s != nil {
		out.Result, out.RTO, out.RPO = string(s.Result), objective(s.RTO), objective(s.RPO)
	}
	return encode(out)
}

// plain is a message as plain text.
func plain(m *Message, to []Person, runID string) string {
	text := oneLine(m.Title) + "\n"
	if who := addressees(to); who != "" {
		text += "For " + oneLine(who) + "\n"
	}
	for _, x := range m.Facts {
		text += oneLine(x.Name) + ": " + oneLine(x.Value) + "\n"
	}
	for _, part := range append([]string{block(m.Detail)}, m.Do...) {
		if part != "" {
			text += part + "\n"
		}
	}
	if m.Link != "" {
		text += m.Link + "\n"
	}
	return text + "run " + runID
}
