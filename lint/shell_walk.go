package lint

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/drplan/drplan/plans"
)

// walker gathers the commands of a script.
type walker struct {
	step  *plans.OutlineStep
	src   string // as written
	place func(c *Call, from, to int)
	shell
	within    bool
	remote    string // the host that ssh runs the script on
	looks     bool   // the script looks at exit statuses
	plus      bool   // set +e stands before
	bounded   bool   // timeout runs the script
	depth     int    // of sh -c in sh -c
	functions []string
	calls     []*Call
}

// shell is how the shell that runs a script takes failures.
type shell struct {
	pipefail bool // a pipe fails when any of its commands does
	errexit  bool // it ends with the first command that fails
}

func newWalker(st *plans.OutlineStep, src string, sh shell) *walker {
	sh.pipefail = sh.pipefail || strings.Contains(src, "pipefail")
	sh.errexit = sh.errexit || strings.Contains(src, "set -") && setsErrexit().MatchString(src)
	return &walker{step: st, src: src, shell: sh, looks: strings.Contains(src, "$?") || strings.Contains(src, "PIPESTATUS") || strings.Contains(src, "trap ")}
}

// context is what becomes of a command's output and exit status.
type context struct{ piped, ignored, tested, asked, captured, looped, bent, fed, followed, background bool }

func (w *walker) stmt(s *syntax.Stmt, c context) {
	c.tested = c.tested || s.Negated
	c.bent = c.bent || len(s.Redirs) > 0 || s.Background
	c.fed = c.fed || slices.ContainsFunc(s.Redirs, func(r *syntax.Redirect) bool { return r.Op == syntax.RdrIn })
	c.background = c.background || s.Background && !strings.Contains(w.src, "wait")
	switch cmd := s.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		w.call(cmd, c)
	case *syntax.BinaryCmd:
		w.binary(cmd, c)
	case *syntax.IfClause:
		w.ifClause(cmd, c)
	case *syntax.WhileClause:
		c.looped = true
		first := len(w.calls)
		w.stmts(cmd.Cond, context{tested: true, looped: true})
		if text := w.written(cmd); first < len(w.calls) && !slices.ContainsFunc(counting, func(s string) bool { return strings.Contains(text, s) }) {
			w.calls[first].Endless = true
		}
		w.stmts(cmd.Do, c)
	case *syntax.ForClause:
		c.looped = true
		w.stmts(cmd.Do, c)
	case *syntax.TestClause:
		w.builtin("[[", "]]", cmd, c)
	case *syntax.ArithmCmd:
		w.builtin("((", "))", cmd, c)
	case *syntax.FuncDecl:
		w.functions = append(w.functions, cmd.Name.Value)
		c.followed = false // whoever calls it looks, or does not
		w.stmt(cmd.Body, c)
	default:
		w.inside(cmd, c)
	}
}

// counting is what a loop has that ends some time by itself: a counter, a clock, a list.
var counting = []string{"((", "let ", "expr ", "SECONDS", "date", "read", "exit", "return", "shift"}

func (w *walker) stmts(list []*syntax.Stmt, c context) {
	for i, s := range list {
		in := c
		in.followed = c.followed || i < len(list)-1
		w.stmt(s, in)
	}
}

func (w *walker) binary(cmd *syntax.BinaryCmd, c context) {
	left, right := c, c
	switch cmd.Op {
	case syntax.Pipe, syntax.PipeAll:
		left.piped, right.fed = true, !succeeds(cmd.X)
	case syntax.OrStmt:
		left.tested = true
		left.ignored = c.ignored || succeeds(cmd.Y)
	case syntax.AndStmt:
		left.tested = true
	}
	w.stmt(cmd.X, left)
	w.stmt(cmd.Y, right)
}

// succeeds reports whether a statement is one that cannot fail.
func succeeds(s *syntax.Stmt) bool {
	call, ok := s.Cmd.(*syntax.CallExpr)
	return ok && len(call.Args) > 0 && slices.Contains([]string{"true", ":", "echo", "printf"}, call.Args[0].Lit())
}

func (w *walker) ifClause(cmd *syntax.IfClause, c context) {
	var asked []*Call
	told, whole := true, cmd
	for ; cmd != nil; cmd = cmd.Else {
		from := len(w.calls)
		w.stmts(cmd.Cond, context{tested: true, asked: true, looped: c.looped})
		asked = append(asked, w.calls[from:]...)
		from = len(w.calls)
		w.stmts(cmd.Then, c)
		told = told && !slices.ContainsFunc(w.calls[from:], func(c *Call) bool { return !always(c) })
	}
	if told && !w.looks && !decides(w.src, whole) {
		for _, c := range asked {
			c.Lost = lostInIf
		}
	}
}

// decides reports whether the branches of an if may keep what became of its condition.
func decides(src string, cmd *syntax.IfClause) bool {
	from, to := int(cmd.ThenPos.Offset()), int(cmd.End().Offset())
	if from < 0 || from > to || to > len(src) {
		return true
	}
	return slices.ContainsFunc([]string{"=", "exit", "return", "break", "continue", "false"}, func(s string) bool { return strings.Contains(src[from:to], s) })
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

// builtin adds [[ … ]] or (( … )), which are no words to the grammar, and the commands
// whose output they are made of.
func (w *walker) builtin(open, end string, cmd syntax.Command, c context) {
	w.substitutions(cmd)
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(w.written(cmd), open), end))
	w.add(cmd, append([]string{open}, strings.Fields(clip(text))...), c, false)
}

// add adds a command of these words.
func (w *walker) add(at syntax.Node, words []string, c context, bent bool) {
	call := &Call{
		Step: w.step, Script: true, Pipefail: w.pipefail, Piped: c.piped, Ignored: c.ignored, Tested: c.tested, Asked: c.asked,
		Captured: c.captured, Looped: c.looped, Within: w.within, Fed: c.fed, bounded: w.bounded, Remote: w.remote, Bent: c.bent || bent,
	}
	call.Lost = w.lost(c)
	if words[0] == "set" {
		w.plus = slices.Contains(words, "+e") || w.plus && !exitsOnError(words)
	}
	w.place(call, int(at.Pos().Offset()), int(at.End().Offset()))
	w.calls = append(w.calls, unwrap(call, words, w.depth)...)
}

// lost is why nobody hears that a command fails, as far as its place tells.
func (w *walker) lost(c context) lost {
	switch {
	case c.background:
		return lostBehind
	case w.looks || c.tested || c.captured || c.piped && !w.pipefail || !c.followed:
		return ""
	case w.plus:
		return lostBySet
	case !w.errexit:
		return lostInShell
	}
	return ""
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
	if slices.Contains(w.functions, words[0]) {
		return
	}
	w.add(cmd, words, c, len(cmd.Assigns) > 0)
}

func (w *walker) substitutions(n syntax.Node) {
	syntax.Walk(n, func(n syntax.Node) bool {
		if sub, ok := n.(*syntax.CmdSubst); ok {
			w.stmts(sub.Stmts, context{captured: true})
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
		b.WriteString(strings.ReplaceAll(w.written(p), `\`, ""))
	case *syntax.SglQuoted:
		b.WriteString(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(w.written(p), "$"), "'"), "'"))
	case *syntax.DblQuoted:
		for _, inner := range p.Parts {
			w.part(b, inner)
		}
	default:
		b.WriteString(clip(w.written(part)))
	}
}

// clip bounds what a word keeps of a substitution, for these can be nested.
func clip(text string) string {
	const most = 200
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// written is a piece of the script as it stands in the plan.
func (w *walker) written(n syntax.Node) string {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from < 0 || from > to || to > len(w.src) {
		return ""
	}
	return w.src[from:to]
}

// leaders run the command that follows their own flags.
var leaders = []string{"sudo", "env", "timeout", "nice", "nohup", "exec", "command", "time", "ionice", "setsid", "doas"}

// maxDepth bounds the shells that run shells.
const maxDepth = 4

// unwrap makes calls of words: the command itself, what it runs in a container, and
// what a shell that it is runs.
func unwrap(c *Call, words []string, depth int) []*Call {
	all := words
	for len(words) > 1 && slices.Contains(leaders, path.Base(words[0])) {
		words, c.Led = inner(words), true
	}
	if len(words) > 1 && words[1] == "kubectl" && slices.Contains([]string{"k3s", "rke2", "microk8s", "k0s"}, path.Base(words[0])) {
		words = words[1:]
	}
	c.before = all[:len(all)-len(words)]
	c.bounded = c.bounded || slices.ContainsFunc(c.before, func(w string) bool { return path.Base(w) == "timeout" })
	if len(words) == 0 {
		return nil
	}
	c.Dir, c.Name = path.Split(words[0])
	c.Args = words[1:]
	out := []*Call{c}
	if depth >= maxDepth {
		return out
	}
	if at, pipefail := shellArgument(words); at > 0 {
		return append(out, c.script(words[at], shell{pipefail: pipefail, errexit: exitsOnError(words[:at])}, depth)...)
	}
	if host, remote := remoteCommand(words); remote != "" {
		c := *c
		c.Remote = host
		return append(out, c.script(remote, shell{}, depth)...)
	}
	if i := slices.Index(words, "--"); i > 0 && i+1 < len(words) && (c.Name == "kubectl" || c.Name == "oc" || c.Name == "docker") && c.Runs(c.Name, "exec") {
		within := *c
		within.Within, within.words = true, nil
		out = append(out, unwrap(&within, words[i+1:], depth+1)...)
	}
	return out
}

// sshTakes are ssh's flags that take a value.
const sshTakes = "oiplJFELRDSbcmw"

// remoteCommand is what ssh gives to the shell of another machine, and which.
func remoteCommand(words []string) (host, command string) {
	if path.Base(words[0]) != "ssh" {
		return "", ""
	}
	for i := 1; i < len(words); i++ {
		switch w := words[i]; {
		case host != "":
			return host, strings.Join(words[i:], " ")
		case len(w) == 2 && w[0] == '-' && strings.ContainsRune(sshTakes, rune(w[1])):
			i++
		case !strings.HasPrefix(w, "-"):
			host = w
		}
	}
	return "", ""
}

// script lists the commands of a script that a call gives to a shell. Their place is
// the call's.
func (c *Call) script(text string, sh shell, depth int) []*Call {
	file, err := parseScript(maskExpressions(text))
	if err != nil {
		return nil
	}
	w := newWalker(c.Step, text, sh)
	w.within, w.bounded, w.remote, w.depth = true, c.bounded, c.Remote, depth+1
	w.place = func(in *Call, _, _ int) { in.node, in.from, in.to = c.node, c.from, c.to }
	w.stmts(file.Stmts, context{ignored: c.Ignored, looped: c.Looped})
	return w.calls
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
