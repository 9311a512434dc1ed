package plans_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/drplan/drplan/plans"
)

// TestNothingRawIsShown: bytes that would do something to a terminal are seen,
// not done, wherever a finding shows them; the caret stands below its place.
func TestNothingRawIsShown(t *testing.T) {
	for _, data := range []string{
		"\x7fELF\x02\x01\x01\x00\x00\x1b]0;owned\x07\n",
		"a: \"\u202egnp.exe\"\nb: [\x1b[2J\n",
		"disaster_recovery_plan: {\"k\\ey\\e[31m\u0085\": 1, version: \"1\"}\n",
	} {
		_, err := plans.Load("p\x1b[31m.yaml", []byte(data))
		found, ok := err.(plans.Findings)
		if !ok {
			t.Fatalf("%q: %v", data, err)
		}
		var b bytes.Buffer
		if err := found.Render(&b); err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			b.WriteString(f.Source)
		}
		if i := strings.IndexFunc(b.String(), func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
		}); i >= 0 || b.Len() == 0 {
			t.Errorf("%q gives, at %d: %q", data, i, b.String())
		}
	}
}

// A file's name cannot begin a line of its own in a log, nor turn the text around.
func TestOneLine(t *testing.T) {
	got := plans.Finding{File: "a\n::error::b\x1b\u202e\t.yaml", Line: 1, Column: 1, Message: "m", Rule: "r", Severity: plans.SeverityError}.String()
	if want := "a·::error::b···.yaml:1:1: m [r]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
