package local

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// value draws a secret: letters, or what encoders escape.
func value(t *rapid.T) string {
	alphabet := rapid.SampledFrom([]string{"ABCDEFG0123", "Ab\"\\<>&é\n\x01%+/ '"}).Draw(t, "alphabet")
	runes := rapid.SliceOfN(rapid.SampledFrom([]rune(alphabet)), 8, 60).Draw(t, "secret")
	return string(runes)
}

// noise draws a text that shares no character with a secret.
func noise(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.SampledFrom([]rune("uvwxyz.-")), 0, 50, -1).Draw(t, label)
}

// TestWriterInPieces: however the stream is cut, what comes out is what
// redacting the whole gives.
func TestWriterInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &redactor{}
		var secrets []string
		for range rapid.IntRange(1, 3).Draw(t, "secrets") {
			secrets = append(secrets, value(t))
			r.add(secrets[len(secrets)-1])
		}
		var whole strings.Builder
		for range rapid.IntRange(1, 5).Draw(t, "parts") {
			whole.WriteString(noise(t, "noise"))
			whole.WriteString(rapid.SampledFrom(secrets).Draw(t, "which"))
		}
		whole.WriteString(noise(t, "end"))
		var got strings.Builder
		w := r.writer(&got)
		for rest := whole.String(); rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			if longest := len(slices.MaxFunc(r.forms, func(a, b string) int { return len(a) - len(b) })); len(w.rest) >= longest {
				t.Fatalf("%d bytes are held back, and the longest form has %d", len(w.rest), longest)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if want := r.text(whole.String()); got.String() != want {
			t.Errorf("of %q got\n%q, want\n%q", whole.String(), got.String(), want)
		}
	})
}

// TestWriterOfEndlessSecrets: what is held back stays small also where one
// secret begins in the end of another without end.
func TestWriterOfEndlessSecrets(t *testing.T) {
	r := &redactor{}
	r.add("abababab")
	var got strings.Builder
	w := r.writer(&got)
	for range 10_000 {
		if _, err := w.Write([]byte("ab")); err != nil {
			t.Fatal(err)
		}
		if len(w.rest) > 16 {
			t.Fatalf("%d bytes are held back", len(w.rest))
		}
	}
	if _, err := w.Write([]byte(".")); err != nil || got.String() != redacted+"." {
		t.Errorf("got %q, %v", got.String(), err)
	}
}

// TestWriterHoldsNothingElse: who follows output.log sees what was printed, at once.
func TestWriterHoldsNothingElse(t *testing.T) {
	r := &redactor{}
	r.add("S3CR3T-abc")
	var got strings.Builder
	w := r.writer(&got)
	fmt.Fprint(w, "50 % S3C")
	if got.String() != "50 % " {
		t.Errorf("got %q", got.String())
	}
	fmt.Fprint(w, "ARF")
	if got.String() != "50 % S3CARF" {
		t.Errorf("got %q", got.String())
	}
}

// TestEscapedForms: a secret is found as encoders write it.
func TestEscapedForms(t *testing.T) {
	for _, secret := range []string{`pa"ss\wo"rd`, "a\x01b\x7fc<&>d", "ünïcödé-täst", "two\nlines of it", "p@ss w/ord+=%"} {
		r := &redactor{}
		r.add(secret)
		quoted := fmt.Sprintf("%q", secret)
		inJSON, _ := json.Marshal(secret)
		quotedInJSON, _ := json.Marshal(quoted)
		for name, text := range map[string]string{
			"as it is": secret, "%q": quoted, "%+q": fmt.Sprintf("%+q", secret), "JSON": string(inJSON), "%q in JSON": string(quotedInJSON),
			"query": url.QueryEscape(secret), "path": url.PathEscape(secret), "hex": fmt.Sprintf("%x", secret),
		} {
			if got := r.text("see " + text + " there"); strings.Trim(strings.TrimSuffix(strings.TrimPrefix(got, "see "), " there"), `\"`) != redacted {
				t.Errorf("%q as %s: got %q", secret, name, got)
			}
		}
		for before := range 4 {
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				text := enc.EncodeToString([]byte(strings.Repeat("u", before) + secret + "tail"))
				if got := r.text(text); !strings.Contains(got, redacted) || len(got) > len(redacted)+14 {
					t.Errorf("%q in base64 after %d bytes: got %q", secret, before, got)
				}
			}
		}
	}
}

// TestPiece: what was cut out of a text holds no piece of a secret that could
// be of use, wherever the cuts were.
func TestPiece(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, secret := &redactor{}, value(t)
		r.add(secret)
		whole := noise(t, "before") + secret + noise(t, "after")
		from := rapid.IntRange(0, len(whole)).Draw(t, "from")
		to := rapid.IntRange(from, len(whole)).Draw(t, "to")
		got := r.piece(whole[from:to])
		for i := 0; i+minSecret <= len(secret); i++ {
			if strings.Contains(got, secret[i:i+minSecret]) {
				t.Errorf("%q of %q became %q", whole[from:to], secret, got)
			}
		}
	})
}

func TestJSONKeepsItsForm(t *testing.T) {
	r := &redactor{}
	for _, secret := range []string{`":"`, `"},{"`, "12345678", "key-of-it"} {
		r.add(secret)
	}
	got := string(r.json(json.RawMessage(`{"a":"x","big":9007199254740993,"n":12345678,"key-of-it":["12345678",null,true]}`)))
	want := `{"[redacted]":["[redacted]",null,true],"a":"x","big":9007199254740993,"n":"[redacted]"}`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
