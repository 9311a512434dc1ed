package lint

import (
	"regexp"
	"strings"
	"sync"
)

// passwordForms are ways to give a password that no name leads to: a program's own
// flags. The pattern's group is the password.
var passwordForms = []struct {
	program, what string
	pattern       func() *regexp.Regexp
}{
	{"authorization", "an Authorization header", lazily(`(?i)authorization:\s*(?:bearer|basic|token)\s+["']?` + given)},
	{"sshpass", "a password", lazily(`\bsshpass\s+-p\s*["']?` + given)},
	{"mysql", "a password", lazily(`\bmysql[a-z]*` + flagged + `-p["']?` + given)},
	{"mariadb", "a password", lazily(`\bmariadb[a-z-]*` + flagged + `-p["']?` + given)},
	{"curl", "a password", lazily(`\bcurl` + flagged + `(?:-[a-zA-Z]*[uU]|--user|--proxy-user)[ =]?["']?[^\s:"'$]+:([^\s"';|&<>]+)`)},
	{"-cli", "a password", lazily(`\b(?:redis|valkey|keydb)-cli` + flagged + `(?:-a|--pass)[ =]["']?` + given)},
	{"login", "a password", lazily(`\b(?:docker|podman|nerdctl|buildah|skopeo|crane|oras|helm\s+registry|az(?:\s+acr)?)\s+login` + flagged + `-p[ =]?["']?` + given)},
	{"mongo", "a password", lazily(`\bmongo[a-z]*` + flagged + `-p[ =]["']?` + given)},
	{"ldap", "a password", lazily(`\bldap[a-z]+` + flagged + `-w[ ]?["']?` + given)},
	{"sqlcmd", "a password", lazily(`\bsqlcmd` + flagged + `-P[ ]?["']?` + given)},
	{"ipmitool", "a password", lazily(`\bipmitool` + flagged + `-P[ ]?["']?` + given)},
	{"smbclient", "a password", lazily(`\bsmbclient` + flagged + `-U[ ]?["']?[^\s%"'$]+%` + given)},
	{"openssl", "a password", lazily(`\bopenssl` + flagged + `["']?pass:` + given)},
	{"zip", "a password", lazily(`\bzip` + flagged + `-P[ ]?["']?` + given)},
	{"7z", "a password", lazily(`\b7za?` + flagged + `-p["']?` + given)},
}

// flagged is what may stand between a program and its flag, and given the value.
const (
	flagged = `\s(?:[^\n|;&]*?\s)?`
	given   = `([^\s"';|&<>(){}\x60]+)`
)

func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// passwordFlags finds what programs are given as passwords. Lower is the text in small
// letters.
func passwordFlags(text, lower string, add adder) {
	for _, f := range passwordForms {
		if !strings.Contains(lower, f.program) {
			continue
		}
		for _, m := range f.pattern().FindAllStringSubmatchIndex(text, -1) {
			if spelledOut(text[m[2]:m[3]]) {
				add(m[2], m[3], f.what, false)
			}
		}
	}
}
