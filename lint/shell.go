package lint

import (
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/plans/expr"
)

// Call is one command that a step runs: one of those of a shell script, or a list of
// words. It stands in a command step, or in a field of another that holds commands, such
// as verify's command.run. What only leads to the command is left out: sudo,
// env, timeout, and what stands before the `--` of kubectl exec.
type Call struct {
	Step *plans.OutlineStep
	Name string   // the program without its folder
	Args []string // as written, quotes removed; a word that the shell puts together has its $
	Dir  string   // the program's folder, "" where the PATH finds it

	Script   bool   // it stands in a shell script
	Pipefail bool   // a pipe in that script fails when any of its commands does
	Piped    bool   // its output goes into another command
	Ignored  bool   // `|| true` follows: its failure is nobody's
	Tested   bool   // its exit status decides something: if, while, &&, ||, !
	Asked    bool   // it is the condition of an if: whatever it answers, the script goes on
	Captured bool   // its output becomes a word or a variable: $(…)
	Looped   bool   // it is done again and again: while, until, for
	Endless  bool   // with it begins a loop that only what it waits for ends
	Lost     lost   // why its failure is nobody's, where no || says so
	Fed      bool   // it reads a file, or what another command gives it
	Alone    bool   // the step does this and nothing else, as whoever runs drplan
	Led      bool   // sudo, env, timeout or the like runs it
	Bent     bool   // its streams are redirected, its variables set, or it is in the background
	Remote   string // the host that ssh runs it on, as written; "": none
	Within   bool   // what runs it stands before it: kubectl exec … --, sh -c; or a pod does

	Field *commandField // of another step than a command, which holds it; nil: it is the step's own

	bounded  bool       // timeout runs it, or what runs it
	before   []string   // words left out before the name: sudo, timeout 30, k3s
	text     string     // see String: many rules ask
	words    []string   // see Words
	node     *yaml.Node // the scalar it stands in; nil where it spans several
	from, to int        // its bytes in the scalar's value
}

// String is the call as people would type it.
func (c *Call) String() string {
	if c.text == "" {
		c.text = strings.Join(append([]string{c.Name}, c.Args...), " ")
	}
	return c.text
}

// Words are the arguments that are no flags. The value of a flag that is written
// apart from it is among them.
func (c *Call) Words() []string {
	if c.words == nil {
		c.words = make([]string, 0, len(c.Args))
		for _, a := range c.Args {
			if !strings.HasPrefix(a, "-") {
				c.words = append(c.words, a)
			}
		}
	}
	return c.words
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

// Calls lists every command of the plan, in the order of the file: those of command
// steps, and those in other steps' fields.
func (s *Subject) Calls() []*Call {
	if s.calls == nil {
		s.calls, s.callsOf, s.fieldCallsOf = []*Call{}, map[*yaml.Node][]*Call{}, map[*yaml.Node][]*Call{}
		for _, st := range s.Steps() {
			calls, bad := callsOf(st)
			if bad != nil {
				s.unreadable = append(s.unreadable, bad)
			}
			s.calls, s.callsOf[st.Node] = append(s.calls, calls...), calls
			for _, f := range s.commandFields(st) {
				calls, bad := f.calls(st)
				if bad != nil {
					s.unreadable = append(s.unreadable, bad)
				}
				s.calls, s.fieldCallsOf[st.Node] = append(s.calls, calls...), append(s.fieldCallsOf[st.Node], calls...)
			}
		}
	}
	return s.calls
}

// CallsOf lists the commands of a command step; of any other, none.
func (s *Subject) CallsOf(st *plans.OutlineStep) []*Call {
	s.Calls()
	return s.callsOf[st.Node]
}

// FieldCallsOf lists the commands in the fields of a step that is no command itself.
func (s *Subject) FieldCallsOf(st *plans.OutlineStep) []*Call {
	s.Calls()
	return s.fieldCallsOf[st.Node]
}

// callsOf lists the commands of a command step; of any other, none.
func callsOf(st *plans.OutlineStep) ([]*Call, *syntaxError) {
	if st.Kind.Type != "command" {
		return nil, nil
	}
	n := st.Field("script")
	if n == nil {
		n = st.Field("argv")
	}
	calls, bad := parseCalls(st, n, true)
	if len(calls) == 1 {
		c := calls[0]
		c.Alone = !c.Looped && !c.Captured && !c.Led && !c.Bent && !c.Tested && !c.Ignored
	}
	return calls, bad
}

// parseCalls lists the commands of a script or a list of words. The error is that of the
// shell's grammar; there are no commands then. Pipefail tells of the shell that runs a
// script.
func parseCalls(st *plans.OutlineStep, n *yaml.Node, pipefail bool) ([]*Call, *syntaxError) {
	switch {
	case n == nil:
		return nil, nil
	case n.Kind == yaml.ScalarNode:
		return scriptCalls(st, n, n.Value, shell{pipefail: pipefail, errexit: true})
	case n.Kind != yaml.SequenceNode || len(n.Content) == 0:
		return nil, nil
	}
	words := make([]string, len(n.Content))
	for i, w := range n.Content {
		words[i] = w.Value
	}
	if at, pipefail := shellArgument(words); at > 0 {
		return scriptCalls(st, n.Content[at], maskExpressions(words[at]), shell{pipefail: pipefail, errexit: exitsOnError(words[:at])})
	}
	c := &Call{Step: st}
	if len(n.Content) == 1 {
		c.node, c.to = n.Content[0], len(n.Content[0].Value)
	}
	return unwrap(c, words, 0), nil
}

// shells are the programs that run what stands behind their -c.
var shells = []string{"sh", "bash", "dash", "ash", "ksh", "zsh"}

// shellArgument finds the script of `sh -c SCRIPT`; 0: the words run no shell that
// the parser knows.
func shellArgument(words []string) (at int, pipefail bool) {
	if len(words) == 0 || !slices.Contains(shells, path.Base(words[0])) {
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

// syntaxError is where a shell would stop reading a script.
type syntaxError struct {
	node *yaml.Node
	at   int // byte of the node's value
	text string
}

// parseScript parses a script for any shell. What a plan's author is to fill in and
// what drplan fills in are words of the same length; the lexer's offsets hold.
//
// Nobody writes a script of more than maxScript into a plan, and what is nested that
// often would use up the stack: such a one is not read, and has no commands.
func parseScript(text string) (*syntax.File, error) {
	if len(text) > maxScript {
		return &syntax.File{}, nil
	}
	p := parsers.Get().(*syntax.Parser)
	defer parsers.Put(p)
	return p.Parse(strings.NewReader(masked(text)), "")
}

// parsers are used again: each has room for a script of its own.
var parsers = sync.Pool{New: func() any { return syntax.NewParser(syntax.Variant(syntax.LangBash)) }}

// maxScript is the size in bytes of the longest script that is read.
const maxScript = 16 << 10

// angled finds <words to fill in>: redirections to a shell, names to people.
var angled = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`<[a-z][a-z0-9 _-]*>`) })

// masked is a script without placeholders, without expressions, and with ${ where
// the plan says $${.
func masked(text string) string {
	if strings.Contains(text, "<") {
		text = angled().ReplaceAllStringFunc(text, func(s string) string { return strings.Repeat("_", len(s)) })
	}
	if !strings.Contains(text, "${") {
		return text
	}
	return strings.ReplaceAll(text, "$${", "_${")
}

// maskExpressions is a text of a list, in which expressions may stand, without them.
func maskExpressions(text string) string {
	if !expr.HasExpr(text) {
		return text
	}
	parts, err := expr.Split(text)
	if err != nil {
		return text
	}
	out := []byte(text)
	for _, p := range parts {
		if p.Expr == "" {
			continue
		}
		for i := p.Offset - len("${"); i < p.Offset+len(p.Expr)+len("}"); i++ {
			out[i] = '_'
		}
	}
	return string(out)
}

// scriptCalls lists the commands of a shell script, which stands in a node. A string is
// no place for expressions, an item of a list is: its text comes without them.
func scriptCalls(st *plans.OutlineStep, n *yaml.Node, text string, sh shell) ([]*Call, *syntaxError) {
	file, err := parseScript(text)
	if err != nil {
		return nil, syntaxErrorOf(n, err)
	}
	w := newWalker(st, n.Value, sh)
	w.place = func(c *Call, from, to int) { c.node, c.from, c.to = n, from, to }
	w.stmts(file.Stmts, context{})
	return w.calls, nil
}

func syntaxErrorOf(n *yaml.Node, err error) *syntaxError {
	out := &syntaxError{node: n, text: err.Error()}
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(err, &parse):
		out.at, out.text = int(parse.Pos.Offset()), parse.Text
	case errors.As(err, &lang):
		out.at, out.text = int(lang.Pos.Offset()), "this is of another shell: "+lang.Feature
	}
	out.at = min(max(out.at, 0), len(n.Value))
	return out
}
