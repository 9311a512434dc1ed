package local

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

// redactor takes the values of secrets out of everything that leaves the
// driver: events, logs, programs' output. It learns a value when the secret is
// resolved, just before it could leak.
type redactor struct {
	mu    sync.RWMutex
	forms []string // the values, each as everything may write it
}

const redacted = "[redacted]"

// minSecret is the shortest text that is redacted: shorter ones would take half
// of every text with them, and protect nothing.
const minSecret = 4

// add learns a value.
func (r *redactor) add(value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, form := range forms(value) {
		if !slices.Contains(r.forms, form) {
			r.forms = append(r.forms, form)
		}
	}
}

// text is s without secrets.
func (r *redactor) text(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return cover(s, r.found(s))
}

// piece is text for what may have been cut out of something longer: what could
// be the beginning or the end of a secret is taken out at its two ends too.
func (r *redactor) piece(s string) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	spans := r.found(s)
	if n := r.endsAhead(s); n >= minSecret {
		spans = append(spans, span{0, n})
	}
	if n := r.begins(s); n >= minSecret {
		spans = append(spans, span{len(s) - n, len(s)})
	}
	if r.within(s) {
		spans = append(spans, span{0, len(s)})
	}
	return cover(s, merged(spans))
}

// either is steps.Run's Redactor.
func (r *redactor) either(s string, cut bool) string {
	if cut {
		return r.piece(s)
	}
	return r.text(s)
}

// json redacts the strings of a document, so that a secret that looks like
// JSON's own syntax breaks nothing.
func (r *redactor) json(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return json.RawMessage(`{}`) // it was encoded by us, and better lost than told
	}
	clean, err := json.Marshal(r.value(v))
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return clean
}

func (r *redactor) value(v any) any {
	switch v := v.(type) {
	case string:
		return r.text(v)
	case json.Number:
		if s := r.text(v.String()); s != v.String() {
			return s
		}
	case []any:
		for i := range v {
			v[i] = r.value(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for name, x := range v {
			clean[r.text(name)] = r.value(x)
		}
		return clean
	}
	return v
}

// span is a part of a text, from the first byte to before the last.
type span struct{ from, to int }

// found lists where secrets stand in s.
func (r *redactor) found(s string) []span {
	var all []span
	for _, form := range r.forms {
		for at := 0; ; at++ {
			i := strings.Index(s[at:], form)
			if i < 0 {
				break
			}
			at += i
			all = append(all, span{at, at + len(form)})
		}
	}
	return merged(all)
}

// merged makes one of spans that overlap, and puts them in order: of two secrets
// that share some bytes neither leaves a rest.
func merged(all []span) []span {
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := all[:0]
	for _, s := range all {
		if n := len(out); n > 0 && s.from < out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

func cover(s string, spans []span) string {
	if len(spans) == 0 {
		return s
	}
	var b strings.Builder
	at := 0
	for _, sp := range spans {
		b.WriteString(s[at:sp.from])
		b.WriteString(redacted)
		at = sp.to
	}
	b.WriteString(s[at:])
	return b.String()
}

// begins is how many bytes at the end of s are the beginning of a secret whose
// rest may follow.
func (r *redactor) begins(s string) (longest int) {
	for _, form := range r.forms {
		for n := min(len(form)-1, len(s)); n > longest; n-- {
			if strings.HasPrefix(form, s[len(s)-n:]) {
				longest = n
			}
		}
	}
	return longest
}

// endsAhead is how many bytes at the beginning of s are the end of a secret.
func (r *redactor) endsAhead(s string) (longest int) {
	for _, form := range r.forms {
		for n := min(len(form)-1, len(s)); n > longest; n-- {
			if strings.HasSuffix(form, s[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// within reports whether s is cut out of the middle of a secret.
func (r *redactor) within(s string) bool {
	return len(s) >= minSecret && slices.ContainsFunc(r.forms, func(form string) bool { return strings.Contains(form, s) })
}
