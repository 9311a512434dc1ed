package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Digest is the SHA-256, in hex, of what must not change under a step that has
// been done: what it is and what it does. How it is named, what it waits for,
// how often and how long it is tried may change.
func (n Node) Digest() string {
	what := struct {
		ID      string
		Type    string
		Phase   Phase
		Wait    Wait
		ForEach bool
		Spec    json.RawMessage
	}{n.ID, n.Type, n.Phase, n.Wait, n.ForEach, canonical(n.Spec)}
	b, err := encode(what)
	if err != nil { // a Spec that is no JSON; then its bytes are what it is
		what.Spec = nil
		b, _ = encode(what) // strings and booleans always encode
		b = append(b, n.Spec...)
	}
	sum := sha256.Sum256(b)
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
