package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const calls = `disaster_recovery_plan:
  version: "1.0"
  rpo_rto: {all: {rto: 2 hours}}
  recovery_procedures:
    p:
      - {step: Ask, id: ask, approval: "Switch over?"}
      - {step: Work, id: work, duration: 30 minutes}
      - {step: Look, id: look, verify: {files: {exist: [dr-plan.yaml]}}}
  testing:
    test_scenarios:
      - {name: calls, procedure: p, disaster: [{step: Lose, id: lose, command: "true"}]}
`

func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		env       []string
		want, not []string
	}{
		{"rows in colour", []string{"TERM=xterm"}, []string{"\x1b[K", "\x1b[32m✓ ", "disaster ", "RTO "}, []string{"\x1b[?25l"}},
		{"rows without colour", []string{"TERM=xterm", "NO_COLOR=1"}, []string{"\x1b[K", "✓ disaster"}, []string{"\x1b[32m", "\x1b[1m"}},
		{"rows without UTF-8", []string{"TERM=xterm", "NO_COLOR=1", "LC_ALL=C"}, []string{"+ disaster"}, []string{"✓ disaster"}},
		{"lines", []string{"TERM=dumb"}, []string{"ask waits: Switch over?"}, []string{"\x1b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := startOnTerminal(t, c.env...)
			p.expect("ask: Switch over? [yes/no, and why]: ")
			p.typed("perhaps\n")
			p.expect("answer yes or no")
			p.expect("[yes/no, and why]: ")
			p.typed("yes, looks fine\n")
			p.expect("Press Enter when it is done: ")
			p.typed("\n")
			if code := p.wait(); code != exitGood {
				t.Errorf("exit code %d", code)
			}
			p.holds(c.want, c.not)
		})
	}
}

// TestInterruptAtAQuestion: Ctrl-C where an answer is due stops in good order.
func TestInterruptAtAQuestion(t *testing.T) {
	t.Parallel()
	p := startOnTerminal(t, "TERM=xterm")
	p.expect("[yes/no, and why]: ")
	p.typed("\x03")
	if code := p.wait(); code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	p.holds([]string{"stopping in good order"}, nil)
}

// TestConfirmThenAnswer: who has confirmed a recovery can still answer its questions.
func TestConfirmThenAnswer(t *testing.T) {
	t.Parallel()
	p := startArgs(t, []string{"run", "--scenario", "p", "--mode", "recovery"}, "TERM=dumb")
	p.expect("Type its name to go on: ")
	p.typed("p\n")
	p.expect("Switch over?")
	p.expect("[yes/no, and why]: ")
	p.typed("yes\n")
	p.expect("Press Enter when it is done: ")
	p.typed("\n")
	if code := p.wait(); code != exitGood {
		t.Errorf("exit code %d", code)
	}
}

// onTerminal is a drplan whose terminal is a pseudo-terminal of ours.
type onTerminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	ours *os.File

	mu   sync.Mutex
	seen bytes.Buffer
	at   int // what was expected so far ends here
	gone chan struct{}
}

func startOnTerminal(t *testing.T, env ...string) *onTerminal {
	return startArgs(t, []string{"run", "--scenario", "calls"}, env...)
}

func startArgs(t *testing.T, args []string, env ...string) *onTerminal {
	ours, theirs := openTerminal(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, defaultPlan), []byte(calls), 0o600); err != nil {
		t.Fatal(err)
	}
	// The command wrapper runs this binary again, and only its name says that it is drplan.
	link := filepath.Join(dir, "drplan")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), link, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, theirs, theirs, theirs
	cmd.Env = append(append(os.Environ(), "DRPLAN_RUNS="+dir+"/runs", "LC_ALL=C.UTF-8", "NO_COLOR=", "COLUMNS=100"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	p := &onTerminal{t: t, cmd: cmd, ours: ours, gone: make(chan struct{})}
	go p.read()
	return p
}

// openTerminal makes a pseudo-terminal of 100 columns (pts(4)).
func openTerminal(t *testing.T) (ours, theirs *os.File) {
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { ours.Close() })
	fd := int(ours.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 100})
	}
	if err == nil {
		theirs, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

func (p *onTerminal) read() {
	defer close(p.gone)
	buf := make([]byte, 4096)
	for {
		n, err := p.ours.Read(buf)
		p.mu.Lock()
		p.seen.Write(buf[:n])
		p.mu.Unlock()
		if err != nil { // EIO once the other side is closed
			return
		}
	}
}

// expect waits until text appears after what was expected last.
func (p *onTerminal) expect(text string) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		p.mu.Lock()
		i := strings.Index(p.seen.String()[p.at:], text)
		if i >= 0 {
			p.at += i + len(text)
		}
		p.mu.Unlock()
		if i >= 0 {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.t.Fatalf("%q never appeared in:\n%s", text, p.seen.String())
}

func (p *onTerminal) typed(text string) {
	if _, err := io.WriteString(p.ours, text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *onTerminal) wait() int {
	_ = p.cmd.Wait() // its exit code says it all
	select {
	case <-p.gone:
	case <-time.After(patience):
		p.t.Fatal("somebody keeps the terminal open")
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *onTerminal) holds(want, not []string) {
	p.t.Helper()
	all := p.seen.String()
	for _, text := range want {
		if !strings.Contains(all, text) {
			p.t.Errorf("%q is not in:\n%s", text, all)
		}
	}
	for _, text := range not {
		if strings.Contains(all, text) {
			p.t.Errorf("%q is in:\n%s", text, all)
		}
	}
}
