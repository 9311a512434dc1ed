package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Results are the messages of a backup or restore, as Velero keeps them.
type Results struct {
	Errors   Messages `json:"errors"`
	Warnings Messages `json:"warnings"`
}

// Messages by where they belong.
type Messages struct {
	Velero     []string            `json:"velero,omitempty"`
	Cluster    []string            `json:"cluster,omitempty"`
	Namespaces map[string][]string `json:"namespaces,omitempty"`
}

// ParseResults reads what a target of a kind of …Results holds.
func ParseResults(data []byte) (Results, error) {
	var r Results
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("the results are no JSON of Velero's: %w", err)
	}
	return r, nil
}

// place is where messages belong, and they.
type place struct {
	name     string
	messages []string
}

// places are those that have messages: namespaces first, by name, then the
// cluster's objects, then Velero itself.
func (m Messages) places() []place {
	var all []place
	for _, ns := range slices.Sorted(maps.Keys(m.Namespaces)) {
		all = append(all, place{"namespace " + ns, m.Namespaces[ns]})
	}
	all = append(all, place{"cluster", m.Cluster}, place{"velero", m.Velero})
	return slices.DeleteFunc(all, func(p place) bool { return len(p.messages) == 0 })
}

// Len counts the messages.
func (m Messages) Len() int {
	n := 0
	for _, p := range m.places() {
		n += len(p.messages)
	}
	return n
}

// All are the messages, each with its place before it.
func (m Messages) All() []string {
	all := []string{}
	for _, p := range m.places() {
		for _, text := range p.messages {
			all = append(all, p.name+": "+text)
		}
	}
	return all
}

// maxMessage is how much of one message an error shows, in bytes.
const maxMessage = 400

// First is the first message of each place in turn, then the second, at most
// most of them, for the end of an error: what is left out is counted.
func (m Messages) First(most int) string {
	var texts []string
	for round := 0; len(texts) < min(most, m.Len()); round++ {
		for _, p := range m.places() {
			if round < len(p.messages) && len(texts) < most {
				texts = append(texts, p.name+": "+short(p.messages[round]))
			}
		}
	}
	if left := m.Len() - len(texts); left > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", left))
	}
	return strings.Join(texts, "; ")
}

func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage], "") + "…"
}
