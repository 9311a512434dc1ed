package lint

import (
	"slices"
	"strings"
)

// deeds are kinds of commands, by their program. They are written a line each:
//
//	program subcommand … + flags of which one is given @
//
// Where the subcommand is left out, any is one of them; where the flags are, none need
// be given. A flag may have a value: --policy=update. The @ says that the last word is
// a path whose content somebody may miss.
type deeds map[string][]deed

type deed struct {
	sub, flags []string
	path       bool
}

func deedsOf(lines string) deeds {
	out := deeds{}
	for line := range strings.Lines(lines) {
		call, flags, _ := strings.Cut(line, "+")
		words := strings.Fields(call)
		if len(words) == 0 {
			continue
		}
		d := deed{sub: words[1:], flags: strings.Fields(flags)}
		for _, list := range []*[]string{&d.sub, &d.flags} {
			if n := len(*list); n > 0 && (*list)[n-1] == "@" {
				*list, d.path = (*list)[:n-1], true
			}
		}
		out[words[0]] = append(out[words[0]], d)
	}
	return out
}

// have reports whether a call is one of them.
func (d deeds) have(c *Call) bool {
	return slices.ContainsFunc(d[c.Name], func(d deed) bool { return d.is(c) })
}

func (d deed) is(c *Call) bool {
	if len(d.sub) > 0 && !c.Runs(c.Name, d.sub...) || len(d.flags) > 0 && !slices.ContainsFunc(d.flags, c.has) {
		return false
	}
	words := c.Words()
	return !d.path || len(words) > 0 && lasting(afterHost(words[len(words)-1]))
}

// has reports whether a flag is given and not false; where it is written with a value,
// whether it has that one.
func (c *Call) has(flag string) bool {
	name, want, valued := strings.Cut(flag, "=")
	if !valued {
		return c.On(name)
	}
	got, given := c.Flag(name)
	return given && got == want
}

// afterHost is the path of HOST:PATH.
func afterHost(word string) string {
	if host, path, remote := strings.Cut(word, ":"); remote && !strings.Contains(host, "/") {
		return path
	}
	return word
}
