package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestParseStat(t *testing.T) {
	const tail = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20 21"
	for _, name := range []string{"etcd", "a b", "a) S 9 (b", ""} {
		state, start, err := parseStat("42 (" + name + ") S " + tail)
		if err != nil || state != "S" || start != 777 {
			t.Errorf("program %q: state %q, start %d, error %v; want S, 777, none", name, state, start, err)
		}
	}
	for _, line := range []string{"", "42", "42 (etcd) S 1 2 3"} {
		if _, _, err := parseStat(line); err == nil {
			t.Errorf("line %q was accepted", line)
		}
	}
}

func TestAliveKnowsAProcessByMoreThanItsNumber(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	other := self
	other.Start++
	otherBoot := self
	otherBoot.Boot = "00000000-0000-0000-0000-000000000000"
	for _, c := range []struct {
		name     string
		recorded Identity
		want     bool
	}{
		{"itself", self, true},
		{"the number of another process", other, false},
		{"a process of another boot", otherBoot, false},
		{"a number that nobody has", Identity{PID: 1 << 30, Start: self.Start, Boot: self.Boot}, false},
	} {
		file := filepath.Join(t.TempDir(), "pid")
		if err := c.recorded.Record(file); err != nil {
			t.Fatal(err)
		}
		if _, alive := Alive(file); alive != c.want {
			t.Errorf("%s: alive is %v, want %v", c.name, alive, c.want)
		}
	}
}

func TestAliveTakesUnreadableFilesForNo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	if _, alive := Alive(file); alive {
		t.Error("a missing file counts as alive")
	}
	for _, content := range []string{"", "garbage", fmt.Sprint(os.Getpid())} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, alive := Alive(file); alive {
			t.Errorf("a file of %q counts as alive", content)
		}
	}
}

func TestAZombieHasEnded(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	if _, err := identify(cmd.Process.Pid); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	file := filepath.Join(t.TempDir(), "pid")
	id, _ := identify(cmd.Process.Pid)
	if err := id.Record(file); err != nil {
		t.Fatal(err)
	}
	// Kill returns when it is gone, and nobody has reaped it yet.
	if err := Kill(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if _, err := identify(cmd.Process.Pid); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after its end: %v, want fs.ErrNotExist", err)
	}
}
