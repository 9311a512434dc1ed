package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// holdRun opens a run, says so, and keeps it until its stdin ends.
func holdRun(args []string) error {
	l, _, _, err := Open(args[0])
	if err != nil {
		return err
	}
	if err := l.Append([]byte(`"held"`)); err != nil {
		return err
	}
	fmt.Println("held")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return l.Close()
}

func TestTwoProcesses(t *testing.T) {
	l := mustCreate(t, nil)
	out, err := child(t, "hold", l.Dir()).Output()
	want := fmt.Sprintf("in use by process %d on ", os.Getpid())
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("the second process: %v, %q; want %q", err, out, want)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, "hold", l.Dir())
	line, stdin := startChild(t, cmd)
	if line != "held" {
		t.Fatalf("after Close the second process says %q", line)
	}
	locked := mustBeLocked(t, l.Dir())
	if host, _ := os.Hostname(); locked.PID != cmd.Process.Pid || locked.Host != host || time.Since(locked.Since) > time.Minute {
		t.Errorf("got %+v, want process %d on %s", locked, cmd.Process.Pid, host)
	}
	if err := errors.Join(stdin.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, l.Dir())
}

func TestKilledHolderLetsGo(t *testing.T) {
	l := mustCreate(t, nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, "hold", l.Dir())
	startChild(t, cmd)
	mustBeLocked(t, l.Dir())
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child outlived SIGKILL")
	}
	if got := toStrings(mustOpen(t, l.Dir())); len(got) != 2 || got[1] != `"held"` {
		t.Errorf("the killed holder's record: %q", got)
	}
}

// bequeath opens a run and starts a process that keeps the lock for half a
// second, as one does that is forked and not yet executed.
func bequeath(args []string) error {
	l, _, _, err := Open(args[0])
	if err != nil {
		return err
	}
	heir := exec.Command("sleep", "0.5")
	heir.ExtraFiles = []*os.File{l.lock}
	if err := heir.Start(); err != nil {
		return err
	}
	fmt.Println("held")
	select {}
}

func TestKilledWhileStartingAProcess(t *testing.T) {
	l := mustCreate(t, nil)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, "bequeath", l.Dir())
	startChild(t, cmd)
	mustBeLocked(t, l.Dir())
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child outlived SIGKILL")
	}
	mustOpen(t, l.Dir())
}

func mustBeLocked(t *testing.T, dir string) *LockedError {
	t.Helper()
	_, _, _, err := Open(dir)
	var locked *LockedError
	if !errors.As(err, &locked) || !errors.Is(err, ErrLocked) {
		t.Fatalf("got %v, want ErrLocked", err)
	}
	return locked
}

func mustOpen(t *testing.T, dir string) [][]byte {
	t.Helper()
	l, records, _, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return records
}

// A holder that has not signed yet, or whose signature is garbled.
func TestUnreadableHolder(t *testing.T) {
	l := mustCreate(t, nil)
	for _, text := range []string{"", "{", "\x00\x00"} {
		if err := os.WriteFile(filepath.Join(l.Dir(), lockName), []byte(text), fileMode); err != nil {
			t.Fatal(err)
		}
		if locked := mustBeLocked(t, l.Dir()); locked.PID != 0 || !strings.Contains(locked.Error(), "another process") {
			t.Errorf("%q: %v", text, locked)
		}
	}
}
