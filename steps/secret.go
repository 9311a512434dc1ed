package steps

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted stands for a secret in every sink.
const Redacted = "[redacted]"

// Secret is a text that no sink shows: every verb of fmt, JSON and slog print
// Redacted. Convert it to a string where it is used, and nowhere else. It must
// not be the key of a map, which encoding/json prints as it is.
type Secret string

func (s Secret) redacted() string {
	if s == "" {
		return ""
	}
	return Redacted
}

func (s Secret) String() string { return s.redacted() }

// Format covers verbs that would pass String by, such as %d and %#v.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.redacted()) }

// MarshalText covers JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.redacted()), nil }

// LogValue covers slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.redacted()) }
