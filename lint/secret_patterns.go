package lint

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// token is a kind of secret that is known by its look. Its issuer documents the
// prefix for that very purpose.
type token struct {
	prefix  string // what every one has in it
	pattern string
	what    string
}

var tokenKinds = []token{
	{"AKIA", `\bAKIA[A-Z0-9]{16}\b`, "an access key of AWS"},
	{"ASIA", `\bASIA[A-Z0-9]{16}\b`, "a temporary access key of AWS"},
	{"github_pat_", `\bgithub_pat_[A-Za-z0-9_]{36,}`, "a token of GitHub"},
	{"gh", `\bgh[pousr]_[A-Za-z0-9]{36,}`, "a token of GitHub"},
	{"glpat-", `\bglpat-[A-Za-z0-9_-]{20,}`, "a token of GitLab"},
	{"xox", `\bxox[abeoprs]-[A-Za-z0-9-]{10,}`, "a token of Slack"},
	{"hooks.slack.com", `https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_+-]{20,}`, "a webhook of Slack, which anybody can post to"},
	{"AIza", `\bAIza[A-Za-z0-9_-]{35}`, "a key of Google's APIs"},
	{"k_live_", `\b[rs]k_live_[A-Za-z0-9]{16,}`, "a live key of Stripe"},
	{"npm_", `\bnpm_[A-Za-z0-9]{36}`, "a token of npm"},
	{"dop_v1_", `\bdop_v1_[a-f0-9]{64}`, "a token of DigitalOcean"},
	{"hvs.", `\bhvs\.[A-Za-z0-9_-]{24,}`, "a token of Vault"},
	{"AccountKey=", `AccountKey=[A-Za-z0-9+/]{40,}={0,2}`, "a key of an Azure storage account"},
	{"AGE-SECRET-KEY-1", `AGE-SECRET-KEY-1[A-Z0-9]{50,}`, "a key of age"},
	{"PRIVATE KEY", `-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-])*`, "a private key"},
	{"eyJ", `\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`, "a JSON Web Token"},
}

// patterns are compiled when the first secret is looked for.
var patterns = sync.OnceValue(func() []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(tokenKinds))
	for i, t := range tokenKinds {
		out[i] = regexp.MustCompile(t.pattern)
	}
	return out
})

// adder takes a secret from byte to byte.
type adder func(from, to int, what string, inURL bool)

// tokens finds secrets by their look.
func tokens(text string, add adder) {
	for i, t := range tokenKinds {
		if !strings.Contains(text, t.prefix) {
			continue
		}
		for _, m := range patterns()[i].FindAllStringIndex(text, -1) {
			if !strings.Contains(text[m[0]:m[1]], "EXAMPLE") {
				add(m[0], m[1], t.what, false)
			}
		}
	}
}

var urlPassword = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@"'$]*:([^@\s/"']+)@`)
})

// inURLs finds passwords in URLs: scheme://user:password@host.
func inURLs(text string, add adder) {
	if !strings.Contains(text, "://") || !strings.Contains(text, "@") {
		return
	}
	for _, m := range urlPassword().FindAllStringSubmatchIndex(text, -1) {
		if spelledOut(text[m[2]:m[3]]) {
			add(m[2], m[3], "a password", true)
		}
	}
}

// sure are words that name a password whatever it looks like, unsure those that
// also name things that have the word in their name. The short ones are words of their
// own: a COMPASS is no password.
var (
	sure   = []string{"password", "passwd", "passphrase"}
	short3 = []string{"pass", "pwd", "pw"}
	unsure = []string{"token", "secret", "apikey", "accesskey", "secretkey", "accountkey", "encryptionkey"}
)

// secretName reports whether a name is that of a secret: of a password for sure, or
// of something that its look must decide.
func secretName(name string) (named, isPassword bool) {
	plain := joinedUp(name)
	endsIn := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(plain, w) })
	}
	if endsIn(sure) || shortPassword(name) || environmentToken(name) {
		return true, true
	}
	return endsIn(unsure), false
}

// joinedUp is a name in small letters, without what joins its words.
func joinedUp(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// shortPassword knows DB_PASS and redis-pw; PWD is where one is.
func shortPassword(name string) bool {
	at := strings.LastIndexAny(name, "_-")
	last := strings.ToLower(name[at+1:])
	return slices.Contains(short3, last) && (at > 0 || last == "pass") && !strings.EqualFold(name, "old_pwd")
}

// environmentToken knows VAULT_TOKEN, which is one whatever it looks like. The token of
// etcd's bootstrap is a name.
func environmentToken(name string) bool {
	return strings.HasSuffix(name, "_TOKEN") && !strings.HasSuffix(name, "CLUSTER_TOKEN") && name == strings.ToUpper(name)
}

// assigned finds what a script, a manifest or a command line gives to something
// that is called a secret.
func assigned(text string, add adder) {
	if !strings.ContainsAny(text, " =") {
		return
	}
	lower := strings.ToLower(text)
	for _, word := range []string{"password", "passwd", "passphrase", "token", "secret", "key", "pass", "pwd", "pw"} {
		for at := 0; ; {
			i := strings.Index(lower[at:], word)
			if i < 0 {
				break
			}
			at += i + len(word)
			assignedAt(text, at, add)
		}
	}
	passwordFlags(text, lower, add)
}

// assignedAt looks whether a name that ends at a byte is given a value there:
// NAME=value, name = value, --flag value, or a line of YAML.
func assignedAt(text string, end int, add adder) {
	begin := end
	for begin > 0 && (joins(text[begin-1]) || text[begin-1] == '.') {
		begin--
	}
	rest := text[end:]
	from := end
	switch {
	case strings.HasPrefix(rest, "="):
		from += 1
	case strings.HasPrefix(rest, " = "):
		from += 3
	case strings.HasPrefix(rest, ": ") && strings.TrimSpace(text[strings.LastIndexByte(text[:begin], '\n')+1:begin]) == "":
		from += len(rest) - len(strings.TrimLeft(rest[1:], " \t"))
		if value, _, _ := strings.Cut(text[from:], "\n"); strings.ContainsAny(strings.TrimSpace(value), " \t") {
			return // a sentence
		}
	case strings.HasPrefix(text[begin:], "--") && strings.TrimLeft(rest, " \t") != rest:
		from += len(rest) - len(strings.TrimLeft(rest, " \t"))
	default:
		return
	}
	if from < len(text) && (text[from] == '"' || text[from] == '\'') {
		from++
	}
	length := strings.IndexAny(text[from:], " \t\r\n\"';|&<>(){}`")
	if length < 0 {
		length = len(text) - from
	}
	if what := calledSecret(strings.TrimLeft(text[begin:end], "-"), text[from:from+length]); what != "" {
		add(from, from+length, what, false)
	}
}

// byKey finds a value whose key says that it is a secret.
func byKey(key, text string, add adder) {
	if strings.ContainsAny(text, " \t\n") {
		if strings.EqualFold(key, "authorization") {
			assigned("authorization: "+text, func(from, to int, what string, inURL bool) {
				add(from-len("authorization: "), to-len("authorization: "), what, inURL)
			})
		}
		return
	}
	if what := calledSecret(key, text); what != "" {
		add(0, len(text), what, false)
	}
}

// calledSecret says what a value is that has a secret's name; empty: none.
func calledSecret(name, value string) string {
	switch named, isPassword := secretName(name); {
	case !named || !spelledOut(value):
		return ""
	case isPassword:
		return "a password (" + name + ")"
	case machineMade(value):
		return "what looks like a secret (" + name + ")"
	}
	return ""
}

// spelledOut reports whether a value is written out, and no reference, path or
// placeholder.
func spelledOut(v string) bool {
	lower := strings.ToLower(v)
	switch {
	case len(v) < minSecret, strings.ContainsAny(v, "$<>"), strings.Trim(v, "*x.•") == "", strings.Contains(v, "EXAMPLE"), strings.HasPrefix(v, "-"):
		return false
	}
	for _, prefix := range []string{"/", "./", "../", "~", "@", "file:", "env:", "vault:", "arn:", "s3:", "your", "change", "redacted", "[redacted", "example", "true", "false", "null", "none"} {
		if strings.HasPrefix(lower, prefix) {
			return false
		}
	}
	return true
}

// machineMade reports whether a value looks made by a machine: long, of letters and
// digits, with much information in each character, and not mostly made of words.
func machineMade(v string) bool {
	const long, dense = 16, 3.5
	return len(v) >= long && strings.ContainsAny(v, "0123456789") && strings.IndexFunc(v, unicode.IsLetter) >= 0 &&
		entropy(v) >= dense && 2*wordy(v) < len(v)
}

// entropy is Shannon's, in bits for each byte.
func entropy(v string) (bits float64) {
	var counts [256]float64
	for i := range len(v) {
		counts[v[i]]++
	}
	for _, n := range counts {
		if n > 0 {
			p := n / float64(len(v))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// wordy is how many bytes of v are words: three or more small letters between
// whatever else.
func wordy(v string) (n int) {
	for _, part := range strings.FieldsFunc(v, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(part) >= 3 && strings.IndexFunc(part, func(r rune) bool { return r < 'a' || r > 'z' }) < 0 {
			n += len(part)
		}
	}
	return n
}
