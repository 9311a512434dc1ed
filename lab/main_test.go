package lab_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/lab"
)

// command is the built lab command: everything here is tested through it, as its
// users meet it.
var command string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lab-command-")
	if err == nil {
		command = filepath.Join(dir, "lab")
		var out []byte
		if out, err = exec.Command("go", "build", "-o", command, "./cmd/lab").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build the lab command:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

func run(t *testing.T, name string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", name, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// mustRun fails the test unless the command exits 0.
func mustRun(t *testing.T, name string, args ...string) string {
	t.Helper()
	r := run(t, name, args...)
	if r.code != 0 {
		t.Fatalf("%s %s: exit %d\n%s%s", filepath.Base(name), strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// folder is a new lab folder that is taken down at the end of the test.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a lab's folder") // blanks and quotes must do no harm
	t.Cleanup(func() {
		if out, err := exec.Command(command, "down", "--dir", dir).CombinedOutput(); err != nil {
			t.Errorf("lab down: %v\n%s", err, out)
		}
	})
	return dir
}

func up(t *testing.T, dir string, keys int) *lab.Lab {
	t.Helper()
	mustRun(t, command, "up", "--etcd-only", "--keys", fmt.Sprint(keys), "--dir", dir)
	return load(t, dir)
}

func load(t *testing.T, dir string) *lab.Lab {
	t.Helper()
	l, err := lab.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// processes are the numbers of all servers of the lab; all must run.
func processes(t *testing.T, l *lab.Lab) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, name := range []string{"m1", "m2", "m3", "s3"} {
		s, err := l.Server(name)
		if err != nil {
			t.Fatal(err)
		}
		pid, alive := s.PID()
		if !alive {
			t.Fatalf("%s does not run", name)
		}
		all[name] = pid
	}
	return all
}

func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

// status is what lab status says, by server.
func status(t *testing.T, dir string) (map[string]lab.ServerStatus, int) {
	t.Helper()
	r := run(t, command, "status", "-o", "json", "--dir", dir)
	var all []lab.ServerStatus
	if err := json.Unmarshal([]byte(r.stdout), &all); err != nil {
		t.Fatalf("lab status: %v\n%s%s", err, r.stdout, r.stderr)
	}
	byName := map[string]lab.ServerStatus{}
	for _, s := range all {
		byName[s.Name] = s
	}
	return byName, r.code
}

// healthy waits until lab status exits 0: a member that has just started needs a
// moment to find the others.
func healthy(t *testing.T, dir string) map[string]lab.ServerStatus {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		all, code := status(t, dir)
		if code == 0 && len(all) == 4 {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("not healthy in time: %+v", all)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func starts(t *testing.T, p lab.Process) int {
	t.Helper()
	data, err := os.ReadFile(p.StartsLog)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}

// listening says whether anything accepts connections at the URL.
func listening(t *testing.T, address string) bool {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.DialTimeout("tcp", u.Host, time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// shell runs a script in a shell that has sourced the lab's env file.
func shell(t *testing.T, dir, script string) string {
	t.Helper()
	return strings.TrimSpace(mustRun(t, "/bin/sh", "-ec", `. "$0/env"; `+script, dir))
}

func portsHeld(t *testing.T, dir string) (held []int) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	registry := filepath.Join(cache, "drplan-lab", "ports")
	if own := os.Getenv("DRPLAN_LAB_CACHE"); own != "" {
		registry = filepath.Join(own, "ports")
	}
	records, err := os.ReadDir(registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if holder, err := os.ReadFile(filepath.Join(registry, r.Name())); err == nil && string(holder) == dir {
			port, _ := strconv.Atoi(r.Name())
			held = append(held, port)
		}
	}
	return held
}
