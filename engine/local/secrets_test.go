package local_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/engine/local"
	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/command"
	"github.com/drplan/drplan/steps/verify"
)

// telling is the script of a step that prints what a file holds, the secret,
// and what another holds.
const telling = `{ cat "$BEFORE"; printf %s "$TOKEN"; cat "$AFTER"; }`

// gossip makes steps that tell a secret, and knows where it must not be.
type gossip struct {
	t      *testing.T
	rnd    *rand.Rand
	dir    string // outside of the run's folder
	secret string
}

// text writes a file of n bytes with or without newlines, of letters that no
// secret has.
func (g *gossip) text(n int) string {
	g.t.Helper()
	letters := "uvwxyz"
	if g.rnd.IntN(2) == 0 {
		letters = "uvwxy\n"
	}
	data := make([]byte, n)
	for i := range data {
		data[i] = letters[g.rnd.IntN(len(letters))]
	}
	f, err := os.CreateTemp(g.dir, "text-")
	if err == nil {
		_, err = f.Write(data)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		g.t.Fatal(err)
	}
	return f.Name()
}

// step makes a step that tells the secret after so many bytes.
func (g *gossip) step(id, typ, script string, before, after int) engine.Node {
	input := obj{"script": script}
	n := engine.Node{ID: id, Type: typ, ContinueOnError: true}
	if typ == "verify" {
		input = obj{"interval": "10ms", "command": obj{"run": script}}
	}
	if id == "never" { // its verification never holds; all others end by themselves
		n.Timeout = 300 * time.Millisecond
	}
	env := map[string]string{"TOKEN": "${secret.TOK}", "BEFORE": g.text(before), "AFTER": g.text(after)}
	return with(n, steps.Spec{Env: env}, input)
}

// near is a number of bytes close to a limit, so that the secret lies across it,
// or any.
func (g *gossip) near(limits ...int) int {
	limit := limits[g.rnd.IntN(len(limits))]
	return max(0, limit-g.rnd.IntN(2*len(g.secret)))
}

// secretOf draws a secret: letters, or what encoders write otherwise.
func secretOf(rnd *rand.Rand) string {
	alphabet := []rune("ABCDEFGHIJ0123456789")
	if rnd.IntN(2) == 0 {
		alphabet = []rune("ABCD\"\\'<&>\x01\t\x7féß%+/= $")
	}
	secret := make([]rune, 12+rnd.IntN(60))
	for i := range secret {
		secret[i] = alphabet[rnd.IntN(len(alphabet))]
	}
	return "A" + string(secret) + "Z"
}

// windowsIn finds the first 8 bytes of the secret that a text holds, as they are
// or as JSON and %q have them.
func (g *gossip) windowIn(text string) string {
	for i := 0; i+8 <= len(g.secret); i++ {
		window := g.secret[i : i+8]
		quoted := strconv.Quote(window)
		for _, form := range []string{window, quoted[1 : len(quoted)-1]} {
			raw, _ := json.Marshal(form)
			if strings.Contains(text, form) || strings.Contains(text, string(raw[1:len(raw)-1])) {
				return form
			}
		}
	}
	return ""
}

// TestSecretsReachNoFileAndNoEvent: random secrets at random offsets of what
// commands and verifications print, whether they succeed or fail.
func TestSecretsReachNoFileAndNoEvent(t *testing.T) {
	for i := range 6 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 0))
			g := &gossip{t: t, rnd: rnd, dir: t.TempDir(), secret: secretOf(rnd)}
			t.Logf("seed %d, secret %q", seed, g.secret)
			const piece = 32 << 10
			g.check(
				g.step("out", "command", telling, g.near(64<<10, 64<<10, piece), rnd.IntN(100_000)),
				g.step("long", "command", telling, g.near(piece, 2*piece, 4*piece, 5*piece), rnd.IntN(200_000)),
				g.step("both", "command", telling+` & `+telling+` >&2; wait`, g.near(2*piece, 64<<10), piece),
				g.step("fails", "command", telling+" >&2; exit 1", rnd.IntN(8000), g.near(2<<10)),
				g.step("short", "command", telling+" >&2; exit 1", rnd.IntN(100), rnd.IntN(100)),
				g.step("holds", "verify", telling, g.near(120), rnd.IntN(200)),
				g.step("limit", "verify", telling, g.near(64<<10, 100), g.near(64<<10)),
				g.step("never", "verify", telling+" >&2; exit 1", g.near(120, 64<<10), rnd.IntN(200)),
			)
		})
	}
}

func (g *gossip) check(nodes ...engine.Node) {
	g.t.Helper()
	cfg := config(g.t.TempDir())
	cfg.Registry = steps.NewRegistry(append(testKinds(), command.Kind(), verify.Kind())...)
	cfg.Secrets = func(string) (string, error) { return g.secret, nil }
	ears := &listener{}
	cfg.Observer = ears
	dir, events := run(g.t, cfg, header("r", nodes...))
	ended := outcomes(events)
	if ended["out"] != engine.Succeeded || ended["holds"] != engine.Succeeded || ended["fails"] != engine.Failed || ended["never"] != engine.TimedOut {
		g.t.Errorf("outcomes %v", ended)
	}
	if window := g.windowIn(ears.heard.String()); window != "" {
		g.t.Errorf("an event or a line of progress tells %q", window)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if window := g.windowIn(string(data)); window != "" {
			g.t.Errorf("%s holds %q", path, window)
		}
		if files++; e.Name() == "output.log" && !bytes.Contains(data, []byte("[redacted]")) {
			g.t.Errorf("%s does not show that there was a secret", path)
		}
		return err
	})
	if err != nil || files < 10 {
		g.t.Errorf("%d files, %v", files, err)
	}
}

// TestAChecksRawOutputIsNotKept: it may hold a secret of the step.
func TestAChecksRawOutputIsNotKept(t *testing.T) {
	t.Parallel()
	j, _ := inDoubt(t, checking("echo told; grep -q dark FILE"))
	raw, err := filepath.Glob(filepath.Join(runDir(j), "steps", "dark-check-*", "*", "std*"))
	if err != nil || len(raw) > 0 {
		t.Errorf("left are %v, %v", raw, err)
	}
	if logs, _ := filepath.Glob(filepath.Join(runDir(j), "steps", "dark-check-*", "attempt-*")); len(logs) != 1 {
		t.Errorf("the check left %v: want one attempt", logs)
	}
}

// listener keeps every text of every event, as people would see it.
type listener struct {
	mu    sync.Mutex
	heard strings.Builder
}

func (l *listener) Progress(_, message string) { l.hear(message) }
func (l *listener) Event(ev engine.Event) {
	raw, err := json.Marshal(ev)
	if err != nil {
		panic(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	l.hear(fmt.Sprint(v))
}

func (l *listener) hear(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard.WriteString(text + "\x00")
}

var _ local.Observer = &listener{}
