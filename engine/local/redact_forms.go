package local

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// minEncoded is the shortest base64 or hex that is redacted: shorter ones stand
// in ordinary text by chance.
const minEncoded = 8

// forms are the ways in which a secret's value appears in a text: as it is, line
// by line (programs print certificates that way), each as encoders escape it,
// and the whole in base64 and hex.
func forms(value string) []string {
	var all []string
	for _, text := range append(strings.Split(value, "\n"), value, strings.TrimSpace(value)) {
		if text = strings.TrimRight(text, "\r"); len(text) >= minSecret {
			all = append(all, escaped(text)...)
		}
	}
	for _, text := range encoded(value) {
		if len(text) >= minEncoded {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// escaped are a text as it is, as JSON and Go's %q write it, as %q in JSON, and
// as URLs have it.
func escaped(text string) []string {
	quote := strconv.Quote(text)
	quote = quote[1 : len(quote)-1]
	ascii := strconv.QuoteToASCII(text)
	all := []string{text, quote, ascii[1 : len(ascii)-1], url.QueryEscape(text), url.PathEscape(text)}
	return append(append(all, inJSON(text)...), inJSON(quote)...)
}

// inJSON is a text as encoders write it that escape HTML and that do not.
func inJSON(text string) []string {
	var all []string
	for _, html := range []bool{true, false} {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(html)
		if err := enc.Encode(text); err == nil {
			s := strings.TrimSuffix(b.String(), "\n")
			all = append(all, s[1:len(s)-1])
		}
	}
	return all
}

func encoded(value string) []string {
	lower := hex.EncodeToString([]byte(value))
	all := []string{lower, strings.ToUpper(lower)}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			all = append(all, base64Core(enc, value, before))
		}
	}
	return all
}

// base64Core is what is of the value alone where it is encoded with something
// around it, as in `user:password`, of which so many bytes, modulo 3, come before.
func base64Core(enc *base64.Encoding, value string, before int) string {
	text := enc.EncodeToString([]byte(strings.Repeat("x", before) + value))
	return text[(before*8+5)/6 : (before+len(value))*8/6]
}
