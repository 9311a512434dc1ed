package local

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/drplan/drplan/engine"
)

// resolve evaluates what a step's expressions say now, once and for all: its
// when, its items, how long its wait is, and a digest of its inputs.
func (d *driver) resolve(id string) engine.Resolved {
	n := d.nodes[id]
	out := engine.Resolved{Node: id, When: true}
	err := d.resolveInto(n, &out)
	if err != nil {
		out.Err = d.redact.text(err.Error())
	}
	return out
}

func (d *driver) resolveInto(n *node, out *engine.Resolved) (err error) {
	v := d.bind(n, "", nil)
	v.vars.Secret = unresolvedSecret
	if out.When, err = v.when(); err != nil || !out.When {
		return err
	}
	if n.ForEach {
		if out.Items, err = v.items(); err != nil {
			return err
		}
	}
	if n.Wait != engine.WaitNone {
		if out.WaitFor, out.Prompt, err = v.wait(); err != nil {
			return err
		}
	}
	out.Digest, err = d.digest(n, out.Items)
	return err
}

// digest is the SHA-256 over the evaluated inputs of all instances, in their
// order; secrets enter it by name only.
func (d *driver) digest(n *node, items []engine.Item) (string, error) {
	if !n.ForEach {
		items = []engine.Item{{}}
	}
	h := sha256.New()
	for _, it := range items {
		v := d.bind(n, it.Key, it.Value)
		v.vars.Secret = unresolvedSecret
		input, err := v.input()
		if err != nil {
			return "", err
		}
		h.Write(input)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func unresolvedSecret(name string) (string, error) { return "secret:" + name, nil }
