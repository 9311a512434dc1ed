package findings

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/report"
)

// Book is a file of findings that is being changed.
type Book struct {
	root, list *yaml.Node
	items      []item
	now        time.Time
}

// All are the findings, in the order of the file. Those that are past their day are
// marked.
func (b *Book) All() []report.Finding {
	out := make([]report.Finding, len(b.items))
	for i, it := range b.items {
		out[i] = it.Finding
		out[i].Overdue = it.State != report.FindingClosed && !it.Due.IsZero() && !b.now.Before(it.Due.End())
	}
	return out
}

// NoFindingError says that there is no finding with an id.
type NoFindingError struct {
	ID    string
	Known []string
}

func (e *NoFindingError) Error() string { return fmt.Sprintf("there is no finding %q", e.ID) }

func (b *Book) find(id string) (*item, error) {
	for i := range b.items {
		if strings.EqualFold(b.items[i].ID, id) {
			return &b.items[i], nil
		}
	}
	e := &NoFindingError{ID: id}
	for _, it := range b.items {
		e.Known = append(e.Known, it.ID)
	}
	return nil, e
}

// Add writes a finding down and gives it an id: the next number.
func (b *Book) Add(f report.Finding) (id string, err error) {
	if b.list == nil {
		b.begin()
	}
	f.ID, f.State, f.Created = b.nextID(), report.FindingOpen, report.DayOf(b.now)
	b.items = append(b.items, item{f, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}})
	it := &b.items[len(b.items)-1]
	b.list.Style &^= yaml.FlowStyle
	b.list.Content = append(b.list.Content, it.node)
	for _, key := range fields {
		it.write(key)
	}
	return f.ID, nil
}

func (b *Book) begin() {
	b.list = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "findings"}
	top := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, b.list}}
	if b.root == nil {
		top.HeadComment = "# What people found in runs, and what becomes of it. For people and for\n# drplan findings: comments and order are kept."
		b.root = &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{top}}
		return
	}
	b.root.Content[0].Content = append(b.root.Content[0].Content, key, b.list)
}

func (b *Book) nextID() string {
	most := 0
	for _, it := range b.items {
		if n, err := strconv.Atoi(strings.TrimPrefix(it.ID, "F-")); err == nil && strings.HasPrefix(it.ID, "F-") {
			most = max(most, n)
		}
	}
	return fmt.Sprintf("F-%d", most+1)
}

// Edit changes a finding: change is given it, and what it leaves is written.
func (b *Book) Edit(id string, change func(*report.Finding)) error {
	it, err := b.find(id)
	if err != nil {
		return err
	}
	before := it.Finding
	change(&it.Finding)
	for _, key := range fields {
		if value(before, key) != value(it.Finding, key) {
			it.write(key)
		}
	}
	return nil
}

// StateError says that a finding is already in a state.
type StateError struct{ ID, State string }

func (e *StateError) Error() string { return fmt.Sprintf("%s is %s already", e.ID, e.State) }

// Close closes a finding, and says how.
func (b *Book) Close(id, resolution string) error {
	return b.turn(id, report.FindingClosed, func(f *report.Finding) {
		f.Closed, f.Resolution = report.DayOf(b.now), resolution
	})
}

// Reopen opens a finding again. How it had been closed stays in its note.
func (b *Book) Reopen(id, reason string) error {
	return b.turn(id, report.FindingOpen, func(f *report.Finding) {
		text := fmt.Sprintf("closed %s (%s), reopened %s", f.Closed, f.Resolution, report.DayOf(b.now))
		if reason != "" {
			text += ": " + reason
		}
		if f.Note != "" {
			text = f.Note + "; " + text
		}
		f.Note, f.Closed, f.Resolution = text, report.Day{}, ""
	})
}

func (b *Book) turn(id, state string, change func(*report.Finding)) error {
	it, err := b.find(id)
	if err != nil {
		return err
	}
	if it.State == state {
		return &StateError{it.ID, state}
	}
	return b.Edit(id, func(f *report.Finding) { f.State = state; change(f) })
}

// value is a field as it is written; empty: not at all.
func value(f report.Finding, key string) string {
	switch key {
	case "due":
		return f.Due.String()
	case "created":
		return f.Created.String()
	case "closed":
		return f.Closed.String()
	}
	return *textOf(&f, key)
}

// write puts a field into the finding's node, in its place among the others.
func (it *item) write(key string) {
	text, content := value(it.Finding, key), it.node.Content
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value != key {
			continue
		}
		if text == "" {
			it.node.Content = slices.Delete(content, i, i+2)
			return
		}
		comment := content[i+1].LineComment
		*content[i+1] = *scalar(key, text)
		content[i+1].LineComment = comment
		return
	}
	if text == "" {
		return
	}
	at := len(content)
	for i := 0; i+1 < len(content); i += 2 {
		if slices.Index(fields, content[i].Value) > slices.Index(fields, key) {
			at = i
			break
		}
	}
	it.node.Content = slices.Insert(content, at, scalar("", key), scalar(key, text))
}

func scalar(key, text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text}
	if key == "due" || key == "created" || key == "closed" {
		n.Tag = "!!timestamp"
	}
	return n
}

// bytes is the file.
func (b *Book) bytes() ([]byte, error) {
	var out bytes.Buffer
	dumper, err := yaml.NewDumper(&out, yaml.WithV4Defaults(), yaml.WithIndent(2), yaml.WithCompactSeqIndent(false))
	if err == nil {
		err = dumper.Dump(b.root)
	}
	if err == nil {
		err = dumper.Close()
	}
	return out.Bytes(), err
}
