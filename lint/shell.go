package lint

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"

	"github.com/drplan/drplan/plans"
)

// Call is one command that a command step runs: one of those of a shell script, or
// the step's own list of words. What only leads to the command is left out: sudo,
// env, timeout, and what stands before the `--` of kubectl exec.
type Call struct {
	Step *plans.OutlineStep
	Name string   // the program without its folder
	Args []string // as written, quotes removed; a word that the shell puts together has its $
	Dir  string   // the program's folder, "" where the PATH finds it

	Script   bool // it stands in a shell script
	Pipefail bool // a pipe in that script fails when any of its commands does
	Piped    bool // its output goes into another command
	Ignored  bool // `|| true` follows: its failure is nobody's
	Tested   bool // its exit status decides something: if, while, &&, ||, !

	node     *yaml.Node // the scalar it stands in; nil where it spans several
	from, to int        // its bytes in the scalar's value
}

// String is the call as people would type it.
func (c *Call) String() string { return strings.Join(append([]string{c.Name}, c.Args...), " ") }

// Words are the arguments that are no flags. The value of a flag that is written
// apart from it is among them.
func (c *Call) Words() []string {
	var out []string
	for _, a := range c.Args {
		if !strings.HasPrefix(a, "-") {
			out = append(out, a)
		}
	}
	return out
}

// Runs reports whether the call is this program with these subcommands, flags
// between them or not: velero -n backup restore create runs velero restore create.
func (c *Call) Runs(name string, sub ...string) bool {
	if c.Name != name {
		return false
	}
	words := c.Words()
	for i := 0; i+len(sub) <= len(words); i++ {
		if slices.Equal(words[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}

// Flag is the value of a flag, written --flag=value or --flag value; of several the
// last. The names are the flag's: Flag("-n", "--namespace").
func (c *Call) Flag(names ...string) (value string, given bool) {
	for i, a := range c.Args {
		name, v, joined := strings.Cut(a, "=")
		if !slices.Contains(names, name) {
			continue
		}
		value, given = v, true
		if !joined && i+1 < len(c.Args) && !strings.HasPrefix(c.Args[i+1], "-") {
			value = c.Args[i+1]
		}
	}
	return value, given
}

// On reports whether a flag of true or false is given and not false.
func (c *Call) On(names ...string) bool {
	v, given := c.Flag(names...)
	return given && v != "false"
}

// Calls lists every command of the plan's command steps, in the order of the file.
func (s *Subject) Calls() []*Call {
	if s.calls == nil {
		s.calls = []*Call{}
		for _, st := range s.Steps() {
			s.calls = append(s.calls, callsOf(st)...)
		}
	}
	return s.calls
}

// callsOf lists the commands of a step; of one that runs none, none.
func callsOf(st *plans.OutlineStep) []*Call {
	if st.Kind.Type != "command" {
		return nil
	}
	if n := st.Field("script"); n != nil && n.Kind == yaml.ScalarNode {
		calls, _ := scriptCalls(st, n, true)
		return calls
	}
	n := st.Field("argv")
	if n == nil || n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return nil
	}
	words := make([]string, len(n.Content))
	for i, w := range n.Content {
		words[i] = w.Value
	}
	if at, pipefail := shellArgument(words); at > 0 {
		calls, _ := scriptCalls(st, n.Content[at], pipefail)
		return calls
	}
	c := &Call{Step: st}
	if len(n.Content) == 1 {
		c.node, c.to = n.Content[0], len(n.Content[0].Value)
	}
	return unwrap(c, words)
}

// shellArgument finds the script of `sh -c SCRIPT`; 0: the words run no shell.
func shellArgument(words []string) (at int, pipefail bool) {
	shells := []string{"sh", "bash", "dash", "ash", "ksh", "zsh"}
	for len(words) > 0 && !slices.Contains(shells, path.Base(words[0])) {
		return 0, false
	}
	for i := 1; i+1 < len(words); i++ {
		pipefail = pipefail || words[i] == "pipefail"
		if w := words[i]; strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.HasSuffix(w, "c") {
			return i + 1, pipefail
		}
	}
	return 0, false
}

// angled finds <words to fill in>: redirections to a shell, names to people.
var angled = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`<[a-z][a-z0-9 _-]*>`) })

// parseScript parses a script for any shell. Its placeholders are words of the same length.
func parseScript(text string) (*syntax.File, error) {
	text = angled().ReplaceAllStringFunc(text, func(s string) string {
		return strings.NewReplacer("<", "_", ">", "_", " ", "_").Replace(s)
	})
	return syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
}

// scriptCalls lists the commands of a shell script. The error is the shell's
// grammar's: there are no commands then.
func scriptCalls(st *plans.OutlineStep, n *yaml.Node, pipefail bool) ([]*Call, error) {
	file, err := parseScript(n.Value)
	if err != nil {
		return nil, err
	}
	w := &walker{step: st, node: n, pipefail: pipefail || strings.Contains(n.Value, "pipefail")}
	for _, stmt := range file.Stmts {
		w.stmt(stmt, context{})
	}
	return w.calls, nil
}
