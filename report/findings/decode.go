package findings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/report"
)

// maxBytes is the size of the largest file that is read.
const maxBytes = 4 << 20

// Severities are what a finding's severity may be, the gravest last.
var Severities = []string{"low", "medium", "high", "critical"}

// Error is what does not hold in a file, all of it, each with its place.
type Error struct {
	Path  string
	Wrong []Wrong
}

// Wrong is one thing that does not hold, and what to do; Line is 0 where it is the
// whole file.
type Wrong struct {
	Line, Column int
	Text         string
}

func (e *Error) Error() string {
	lines := make([]string, len(e.Wrong))
	for i, w := range e.Wrong {
		lines[i] = e.Path
		if w.Line > 0 {
			lines[i] += fmt.Sprintf(":%d:%d", w.Line, w.Column)
		}
		lines[i] += ": " + w.Text
	}
	return strings.Join(lines, "\n")
}

// decoder reads a file's nodes and collects what is wrong with them.
type decoder struct{ Error }

func (d *decoder) wrong(n *yaml.Node, format string, args ...any) {
	w := Wrong{Text: fmt.Sprintf(format, args...)}
	if n != nil {
		w.Line, w.Column = n.Line, n.Column
	}
	d.Wrong = append(d.Wrong, w)
}

// parse gives the tree of a file, and the list of findings in it. Of an empty file
// there is neither.
func (d *decoder) parse(data []byte) (root, list *yaml.Node) {
	if len(data) > maxBytes {
		d.wrong(nil, "it has %d bytes, more than the %d that are read", len(data), maxBytes)
		return nil, nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithV4Defaults())
	if err != nil {
		d.wrong(nil, "%v", err)
		return nil, nil
	}
	root = &yaml.Node{}
	switch err := loader.Load(root); {
	case errors.Is(err, io.EOF) || err == nil && len(root.Content) == 0:
		return nil, nil
	case err != nil:
		d.wrong(nil, "this is not YAML: %v", err)
		return nil, nil
	}
	var next yaml.Node
	if err := loader.Load(&next); !errors.Is(err, io.EOF) {
		d.wrong(&next, "a second document begins here: the file is one")
	}
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		d.wrong(top, "the file is a mapping with one key, findings")
		return root, nil
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], top.Content[i+1]
		switch {
		case key.Value != "findings":
			d.wrong(key, "there is no key %q here, only findings", report.Plain(key.Value))
		case list != nil:
			d.wrong(key, "findings stands here a second time")
		case value.Kind == yaml.SequenceNode:
			list = value
		case value.ShortTag() == "!!null":
			value.Kind, value.Tag, value.Value = yaml.SequenceNode, "!!seq", ""
			list = value
		default:
			d.wrong(value, "findings is a list")
		}
	}
	return root, list
}

// item is a finding and the node that says so.
type item struct {
	report.Finding
	node *yaml.Node
}

func (d *decoder) items(list *yaml.Node) []item {
	if list == nil {
		return nil
	}
	var out []item
	for _, n := range list.Content {
		if n.Kind != yaml.MappingNode {
			d.wrong(n, "a finding is a mapping with id, title, run and more")
			continue
		}
		it := d.item(n)
		if slices.ContainsFunc(out, func(o item) bool { return o.ID == it.ID && it.ID != "" }) {
			d.wrong(n, "a finding before this one has the id %s, too", report.Plain(it.ID))
		}
		out = append(out, it)
	}
	return out
}

// fields are the keys of a finding, in the order in which they are written.
var fields = []string{"id", "title", "run", "step", "severity", "owner", "due", "state", "created", "closed", "resolution", "note"}

var idText = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (d *decoder) item(n *yaml.Node) item {
	f := report.Finding{State: report.FindingOpen}
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case !slices.Contains(fields, key.Value):
			d.wrong(key, "a finding has no key %q: it has %s", report.Plain(key.Value), strings.Join(fields, ", "))
		case seen[key.Value] != nil:
			d.wrong(key, "%s stands here a second time", key.Value)
		case value.Kind != yaml.ScalarNode:
			d.wrong(value, "%s is a text", key.Value)
		default:
			d.field(&f, key.Value, value)
		}
		seen[key.Value] = value
	}
	d.whole(f, n, seen)
	return item{f, n}
}

func (d *decoder) field(f *report.Finding, key string, v *yaml.Node) {
	text := v.Value
	if v.ShortTag() == "!!null" {
		text = ""
	}
	switch key {
	case "due", "created", "closed":
		day, err := time.Parse(time.DateOnly, text)
		if text != "" && err != nil {
			d.wrong(v, "%s is a day such as 2026-12-31, not %q", key, report.Plain(text))
			return
		}
		*map[string]*report.Day{"due": &f.Due, "created": &f.Created, "closed": &f.Closed}[key] = report.Day{Time: day}
		return
	case "severity":
		if text != "" && !slices.Contains(Severities, text) {
			d.wrong(v, "severity is one of %s, not %q", strings.Join(Severities, ", "), report.Plain(text))
		}
	case "state":
		if text != report.FindingOpen && text != report.FindingClosed {
			d.wrong(v, "state is open or closed, not %q", report.Plain(text))
		}
	case "id":
		if !idText.MatchString(text) {
			d.wrong(v, "an id has letters, digits, dots, hyphens and underscores, at most 64, not %q", report.Plain(text))
		}
	}
	if p := textOf(f, key); p != nil {
		*p = text
	}
}

// textOf is the field of a key that holds text.
func textOf(f *report.Finding, key string) *string {
	return map[string]*string{"id": &f.ID, "title": &f.Title, "run": &f.Run, "step": &f.Step, "severity": &f.Severity, "owner": &f.Owner,
		"state": &f.State, "resolution": &f.Resolution, "note": &f.Note}[key]
}

// whole holds a finding's fields against each other.
func (d *decoder) whole(f report.Finding, n *yaml.Node, seen map[string]*yaml.Node) {
	for _, key := range []string{"id", "title"} {
		if seen[key] == nil {
			d.wrong(n, "this finding has no %s", key)
		}
	}
	if seen["title"] != nil && strings.TrimSpace(f.Title) == "" {
		d.wrong(seen["title"], "the title is empty")
	}
	closed := f.State == report.FindingClosed
	for _, key := range []string{"closed", "resolution"} {
		switch given := seen[key] != nil; {
		case closed && !given:
			d.wrong(n, "%s is closed: say when with closed, and how with resolution", f.ID)
			return
		case !closed && given:
			d.wrong(seen[key], "%s is open: %s belongs to a closed one", f.ID, key)
		}
	}
}
