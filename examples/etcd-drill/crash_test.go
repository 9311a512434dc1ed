package etcddrill

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledDrill kills drplan itself, by SIGKILL, at six points of the drill
// and resumes it: the same end, and by the servers' own logs nothing was done
// twice.
func TestKilledDrill(t *testing.T) {
	t.Parallel()
	for name, reached := range map[string]func(s *stage, ev event) bool{
		"while the backup is uploaded":      atStart("second_upload"),
		"while the members are killed":      atStart("kill"),
		"while the backup is downloaded":    atStart("download"),
		"while the members are restored":    atStage("restoring"),
		"while the members are started":     atStage("starting"),
		"while what was left is cleaned up": atStart("prune"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, asItIs)
			s.killAt(t, reached)
			code, sum := s.drill(t, []string{"run", "--resume", "latest", "-o", "json"})
			if code != 0 || sum.Result != "succeeded" {
				t.Errorf("resumed: exit code %d, result %s, failed: %v", code, sum.Result, sum.failed())
			}
			s.once(t)
		})
	}
}

type event struct {
	Kind string `json:"event"`
	Node string `json:"node"`
}

func atStart(node string) func(*stage, event) bool {
	return func(_ *stage, ev event) bool { return ev.Kind == "attempt_started" && ev.Node == node }
}

// atStage waits for what the restore itself has on record.
func atStage(name string) func(*stage, event) bool {
	return func(s *stage, ev event) bool {
		if ev.Kind != "attempt_started" || ev.Node != "restore" {
			return false
		}
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			files, _ := filepath.Glob(filepath.Join(s.runs, "*", "steps", "restore", "*.json"))
			for _, f := range files {
				data, _ := os.ReadFile(f)
				if strings.Contains(string(data), `"stage": "`+name+`"`) {
					return true
				}
			}
		}
		return false
	}
}

// killAt runs the drill and kills drplan as soon as reached says so.
func (s *stage) killAt(t *testing.T, reached func(*stage, event) bool) {
	t.Helper()
	cmd := s.command(t, s.runArgs("jsonl")...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var ev event
		if err := json.Unmarshal(lines.Bytes(), &ev); err == nil && reached(s, ev) {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Fatalf("drplan was not killed: %s", cmd.ProcessState)
	}
}
