package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// aspect is something about a step that an edited plan may have otherwise. This list
// is all that is known of what makes a step another: [Differences] tells it, and
// [Node.Digest] rests on what must stay.
type aspect struct {
	name  string
	value any  // comparable, and fit for people's eyes
	stays bool // it must not change under a step that has been done
}

// aspects are those of a node but for its id and what it does: its Spec is the driver's.
func (n *Node) aspects() []aspect {
	return []aspect{
		{"type", n.Type, true},
		{"wait", n.Wait, true},
		{"phase", n.Phase, true},
		{"name", strconv.Quote(n.Name), false},
		{"needs", list(n.Needs), false},
		{"timeout", n.Timeout, false},
		{"retry", n.Retry, false},
		{"for_each", n.ForEach, true},
		{"max_parallel", n.MaxParallel, false},
		{"flags", n.flags(), false},
	}
}

// does is what a node does, in one form, whatever the order of its keys.
func (n *Node) does() json.RawMessage { return canonical(n.Spec) }

// Digest is the SHA-256, in hex, of what must not change under a step that has
// been done: what it is and what it does. How it is named, what it waits for,
// how often and how long it is tried may change.
func (n Node) Digest() string {
	what := []any{n.ID}
	for _, a := range n.aspects() {
		if a.stays {
			what = append(what, a.value)
		}
	}
	b, err := encode(what)
	if err != nil {
		panic(err) // words and booleans
	}
	sum := sha256.Sum256(append(append(b, '\n'), n.does()...))
	return hex.EncodeToString(sum[:])
}

// canonical orders the keys of JSON objects and drops blanks; numbers keep
// their digits. What is no JSON stays as it is.
func canonical(raw json.RawMessage) json.RawMessage {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return raw
	}
	b, err := encode(v)
	if err != nil {
		return raw
	}
	return b
}
