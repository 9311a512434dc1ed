package lint

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"

	"github.com/drplan/drplan/plans"
)

// walker gathers the commands of a script.
type walker struct {
	step     *plans.OutlineStep
	node     *yaml.Node
	pipefail bool
	calls    []*Call
}

// context is what becomes of a command's output and exit status.
type context struct{ piped, ignored, tested bool }

func (w *walker) stmt(s *syntax.Stmt, c context) {
	c.tested = c.tested || s.Negated
	switch cmd := s.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		w.call(cmd, c)
	case *syntax.BinaryCmd:
		w.binary(cmd, c)
	case *syntax.IfClause:
		w.ifClause(cmd, c)
	case *syntax.WhileClause:
		w.stmts(cmd.Cond, context{tested: true})
		w.stmts(cmd.Do, c)
	default:
		w.inside(cmd, c)
	}
}

func (w *walker) stmts(list []*syntax.Stmt, c context) {
	for _, s := range list {
		w.stmt(s, c)
	}
}

func (w *walker) binary(cmd *syntax.BinaryCmd, c context) {
	left := c
	switch cmd.Op {
	case syntax.Pipe, syntax.PipeAll:
		left.piped = true
	case syntax.OrStmt:
		left.tested = true
		left.ignored = c.ignored || succeeds(cmd.Y)
	case syntax.AndStmt:
		left.tested = true
	}
	w.stmt(cmd.X, left)
	w.stmt(cmd.Y, c)
}

// succeeds reports whether a statement is one that cannot fail.
func succeeds(s *syntax.Stmt) bool {
	call, ok := s.Cmd.(*syntax.CallExpr)
	return ok && len(call.Args) > 0 && slices.Contains([]string{"true", ":", "echo"}, call.Args[0].Lit())
}

func (w *walker) ifClause(cmd *syntax.IfClause, c context) {
	for ; cmd != nil; cmd = cmd.Else {
		w.stmts(cmd.Cond, context{tested: true})
		w.stmts(cmd.Then, c)
	}
}

// inside visits the statements of any other compound command.
func (w *walker) inside(cmd syntax.Command, c context) {
	syntax.Walk(cmd, func(n syntax.Node) bool {
		if s, ok := n.(*syntax.Stmt); ok {
			w.stmt(s, c)
			return false
		}
		return true
	})
}

// call adds a command, and those whose output its words are made of.
func (w *walker) call(cmd *syntax.CallExpr, c context) {
	for _, n := range cmd.Args {
		w.substitutions(n)
	}
	for _, a := range cmd.Assigns {
		w.substitutions(a)
	}
	if len(cmd.Args) == 0 {
		return
	}
	words := make([]string, len(cmd.Args))
	for i, a := range cmd.Args {
		words[i] = w.text(a)
	}
	call := &Call{
		Step: w.step, Script: true, Pipefail: w.pipefail, Piped: c.piped, Ignored: c.ignored, Tested: c.tested,
		node: w.node, from: int(cmd.Pos().Offset()), to: int(cmd.End().Offset()),
	}
	w.calls = append(w.calls, unwrap(call, words)...)
}

func (w *walker) substitutions(n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		if sub, ok := n.(*syntax.CmdSubst); ok {
			w.stmts(sub.Stmts, context{})
			return false
		}
		return true
	})
}

// text is a word as written, without its quotes.
func (w *walker) text(word *syntax.Word) string {
	var b strings.Builder
	for _, part := range word.Parts {
		w.part(&b, part)
	}
	return b.String()
}

func (w *walker) part(b *strings.Builder, part syntax.WordPart) {
	switch p := part.(type) {
	case *syntax.Lit:
		b.WriteString(strings.ReplaceAll(p.Value, `\`, ""))
	case *syntax.SglQuoted:
		b.WriteString(p.Value)
	case *syntax.DblQuoted:
		for _, inner := range p.Parts {
			w.part(b, inner)
		}
	default:
		from, to := int(part.Pos().Offset()), int(part.End().Offset())
		if from >= 0 && from <= to && to <= len(w.node.Value) {
			b.WriteString(w.node.Value[from:to])
		}
	}
}

// leaders run the command that follows their own flags.
var leaders = []string{"sudo", "env", "timeout", "nice", "nohup", "exec", "command", "time", "ionice", "setsid", "doas"}

// unwrap makes calls of words: the command itself, and before it what runs it in a
// container.
func unwrap(c *Call, words []string) []*Call {
	for len(words) > 1 && slices.Contains(leaders, path.Base(words[0])) {
		words = inner(words)
	}
	if len(words) == 0 {
		return nil
	}
	c.Dir, c.Name = path.Split(words[0])
	c.Args = words[1:]
	out := []*Call{c}
	if i := slices.Index(words, "--"); i > 0 && i+1 < len(words) && (c.Runs("kubectl", "exec") || c.Runs("docker", "exec")) {
		within := *c
		out = append(out, unwrap(&within, words[i+1:])...)
	}
	return out
}

// inner drops a leader, its flags, the variables that sudo and env set, and timeout's duration.
func inner(words []string) []string {
	leader, rest := path.Base(words[0]), words[1:]
	for len(rest) > 0 && (strings.HasPrefix(rest[0], "-") || (leader == "env" || leader == "sudo") && strings.Contains(rest[0], "=")) {
		takesValue := slices.Contains([]string{"-u", "-g", "-n", "-k", "-s"}, rest[0])
		rest = rest[1:]
		if takesValue && len(rest) > 0 {
			rest = rest[1:]
		}
	}
	if leader == "timeout" && len(rest) > 0 {
		rest = rest[1:]
	}
	return rest
}
