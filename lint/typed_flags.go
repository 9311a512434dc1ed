package lint

import (
	"strings"
	"sync"

	"github.com/drplan/drplan/steps"
)

// flags are a call's, as a program with these flags reads them.
type flags struct {
	values map[string]string // by the first of the flag's names; "true" of a bare one
	words  []string          // what is no flag and no flag's value
	whole  bool              // every flag is known, and every word is what it says
}

// parse reads a call's flags. Names lists those that take a value, switches those
// that do not; a|b is one flag with two names.
func parse(c *Call, names, switches string) flags {
	f := flags{values: map[string]string{}, whole: true}
	takes, bare := flagNames(names), flagNames(switches)
	for i := 0; i < len(c.Args); i++ {
		a := c.Args[i]
		if a == "-" || !strings.HasPrefix(a, "-") {
			f.words = append(f.words, a)
			f.whole = f.whole && sayable(a)
			continue
		}
		name, value, joined := strings.Cut(a, "=")
		switch {
		case takes[name] != "" && !joined && i+1 < len(c.Args):
			i++
			value = c.Args[i]
			fallthrough
		case takes[name] != "":
			if _, again := f.values[takes[name]]; again {
				f.whole = false // a typed step would have the last one only
			}
			f.values[takes[name]] = value
			f.whole = f.whole && sayable(value)
		case bare[name] != "":
			f.values[bare[name]] = orTrue(value)
		default:
			f.whole = false
		}
	}
	return f
}

func orTrue(v string) string {
	if v == "" {
		return "true"
	}
	return v
}

// flagLists are the lists of flags that were read, by their text: they are constants.
var flagLists sync.Map

func flagNames(list string) map[string]string {
	if known, ok := flagLists.Load(list); ok {
		return known.(map[string]string)
	}
	out := map[string]string{}
	for _, f := range strings.Fields(list) {
		names := strings.Split(f, "|")
		for _, n := range names {
			out[n] = names[0]
		}
	}
	flagLists.Store(list, out)
	return out
}

func (f flags) on(name string) bool { return f.values[name] == "true" }

// sayable reports whether a step's field can say what a command's word says: it is
// literal, or an expression of the plan.
func sayable(word string) bool {
	rest := maskExpressions(word)
	return !strings.ContainsAny(rest, "$`*?{") && !strings.HasPrefix(word, "~")
}

// duration is a length of time as a plan has it; "" where it is none.
func duration(s string) string {
	d, err := steps.ParseDuration(s)
	if err != nil || d == 0 {
		return ""
	}
	return span(d)
}
