package plans

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// MaxBytes is the size of the largest plan that is read.
const MaxBytes = 8 << 20

// parse turns bytes into one tree without aliases and merges. It returns nil,
// and has reported why, where there is no such tree.
func parse(r *reporter) *yaml.Node {
	data := r.src.data
	if len(data) > MaxBytes {
		r.errorf(nil, RuleTooLarge, "a plan of this size was generated: split it by procedure",
			"the plan has %d bytes, more than the %d that are read", len(data), MaxBytes)
		return nil
	}
	if !readable(r) {
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		r.errorf(nil, RuleYAML, "", "%v", err)
		return nil
	}
	var doc yaml.Node
	if err := loader.Load(&doc); errors.Is(err, io.EOF) || err == nil && len(doc.Content) == 0 {
		r.errorf(nil, RuleYAML, "`drplan init` writes a plan to start from", "the plan is empty")
		return nil
	} else if err != nil {
		r.syntax(err)
		return nil
	}
	var next yaml.Node
	if err := loader.Load(&next); !errors.Is(err, io.EOF) {
		r.second(&next, err)
		return nil
	}
	t := tree{reporter: r, sizes: map[*yaml.Node]int{}, open: map[*yaml.Node]bool{}}
	t.resolve(doc.Content[0])
	if t.broken {
		return nil
	}
	return doc.Content[0]
}

// readable refuses bytes that are not UTF-8 text; the YAML reader would not say
// where they stand.
func readable(r *reporter) bool {
	line, column := 1, 1
	for data := r.src.data; len(data) > 0; {
		c, size := utf8.DecodeRune(data)
		bad := c == utf8.RuneError && size == 1 || c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f
		if bad {
			r.list = append(r.list, r.src.findingAt(line, column, column+1, RuleYAML, SeverityError,
				utf8Hint(r.src.data), fmt.Sprintf("the byte 0x%02x is not text", data[0])))
			return false
		}
		data, column = data[size:], column+1
		if c == '\n' {
			line, column = line+1, 1
		}
	}
	return true
}

// utf8Hint says how a file becomes what is read.
func utf8Hint(data []byte) string {
	for _, bom := range []struct{ mark, name string }{
		{"\xff\xfe\x00\x00", "UTF-32"}, {"\x00\x00\xfe\xff", "UTF-32"}, {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"},
	} {
		if bytes.HasPrefix(data, []byte(bom.mark)) {
			return "a plan is a UTF-8 text file, and this is " + bom.name + ": iconv -f " + bom.name + " -t UTF-8"
		}
	}
	return "a plan is a UTF-8 text file"
}

func (r *reporter) syntax(err error) {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		r.errorf(nil, RuleYAML, "", "this is not YAML: %v", err)
		return
	}
	message := load.Message
	if load.ContextMsg != "" {
		message = load.ContextMsg + ": " + message
	}
	mark := load.Mark
	if r.blank(mark.Line) && load.ContextMark.Line > 0 {
		mark = load.ContextMark // the end of the file tells nobody where to look
	}
	for mark.Line > 1 && r.blank(mark.Line) {
		mark.Line--
		mark.Column = len(r.src.line(mark.Line))
	}
	hint := ""
	if strings.HasPrefix(strings.TrimLeft(r.src.line(mark.Line), " "), "\t") {
		hint = "indent with spaces: YAML takes no tabs"
	}
	if strings.HasPrefix(r.src.line(mark.Line), "%YAML") {
		hint = "take this line away: every plan is YAML 1.2, and none needs to say so"
	}
	r.list = append(r.list, r.src.findingAt(mark.Line, mark.Column, mark.Column+1, RuleYAML, SeverityError, hint, "this is not YAML: "+message))
}

func (r *reporter) blank(line int) bool { return strings.TrimSpace(r.src.line(line)) == "" }

func (r *reporter) second(next *yaml.Node, err error) {
	if err != nil {
		r.syntax(err)
		return
	}
	r.errorf(next, RuleYAML, "put each plan into a file of its own", "a second YAML document begins here; a plan is one")
}

// maxAliased bounds the nodes that aliases add to a plan.
const maxAliased = 100_000

// tree replaces aliases by what they stand for and merges by their pairs, and
// reports what YAML allows and a plan does not. Every written node is visited
// once, however often it is aliased.
type tree struct {
	*reporter
	sizes   map[*yaml.Node]int  // of anchored nodes, expanded
	open    map[*yaml.Node]bool // anchored nodes that are being visited
	aliased int
	broken  bool
}

// resolve returns the number of nodes below and including n, expanded.
func (t *tree) resolve(n *yaml.Node) int {
	if n.Anchor != "" {
		t.open[n] = true
		defer delete(t.open, n)
	}
	t.tag(n)
	size := 1
	for i, child := range n.Content {
		if child.Kind != yaml.AliasNode {
			size += t.resolve(child)
			continue
		}
		if !t.alias(child) {
			return size
		}
		n.Content[i] = child.Alias
		size += t.sizes[child.Alias]
	}
	if n.Kind == yaml.MappingNode {
		t.keys(n)
		t.merge(n)
	}
	if n.Anchor != "" {
		t.sizes[n] = size
	}
	return size
}

func (t *tree) alias(n *yaml.Node) bool {
	switch {
	case t.broken:
	case t.open[n.Alias]:
		t.broken = true
		t.errorf(n, RuleAlias, "", "the alias *%s contains itself", n.Value)
	default:
		if t.aliased += t.sizes[n.Alias]; t.aliased <= maxAliased {
			return true
		}
		t.broken = true
		t.errorf(n, RuleAlias, "write out what is meant", "aliases make this plan larger than %d nodes", maxAliased)
	}
	return false
}

// tag refuses every explicit tag but !!str, and binary data.
func (t *tree) tag(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle == 0 || n.ShortTag() == "!!str" {
		return
	}
	t.errorf(n, RuleTag, "leave it out; quotes make a string of anything", "the tag %s has no meaning in a plan", n.ShortTag())
}

func (t *tree) keys(n *yaml.Node) {
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null" {
			t.errorf(key, RuleType, "", "a key must be a string")
			continue
		}
		if first, dup := seen[key.Value]; dup {
			t.errorf(key, RuleDuplicateKey, "", "the key %q stands here already, in line %d", key.Value, first.Line)
			continue
		}
		seen[key.Value] = key
	}
}

// merge puts the pairs of `<<` where it stands; a key that is written out wins.
func (t *tree) merge(n *yaml.Node) {
	var own, merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.ShortTag() != "!!merge":
			own = append(own, key, value)
		case value.Kind == yaml.MappingNode:
			merged = append(merged, value.Content...)
		case value.Kind == yaml.SequenceNode && !slices.ContainsFunc(value.Content, notMapping):
			for _, v := range value.Content {
				merged = append(merged, v.Content...)
			}
		default:
			t.errorf(value, RuleType, "", "\"<<\" wants a mapping, or an alias of one")
		}
	}
	if len(own) == len(n.Content) {
		return
	}
	seen := make(map[string]bool, len(own)/2)
	for i := 0; i < len(own); i += 2 {
		seen[own[i].Value] = true
	}
	for i := 0; i+1 < len(merged); i += 2 {
		if !seen[merged[i].Value] {
			seen[merged[i].Value] = true
			own = append(own, merged[i], merged[i+1])
		}
	}
	n.Content = own
}

func notMapping(n *yaml.Node) bool { return n.Kind != yaml.MappingNode }

// pairOf returns the value of a key in a mapping's content, or nil.
func pairOf(content []*yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(content); i += 2 {
		if content[i].Value == key {
			return content[i+1]
		}
	}
	return nil
}

// present returns a key's value where the node is a mapping that has it.
func present(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	return pairOf(n.Content, key)
}
