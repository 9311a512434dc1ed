package etcddrill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
)

var drplan string // the built program

func TestMain(m *testing.M) {
	if file := os.Getenv(tamperVariable); file != "" {
		if err := tamper(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	dir, err := os.MkdirTemp("", "drplan-example-")
	if err == nil {
		drplan = filepath.Join(dir, "drplan")
		var out []byte
		if out, err = exec.Command("go", "build", "-o", drplan, "../../cmd/drplan").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// stage is a lab of its own and a folder of runs, for one drill.
type stage struct {
	lab  *labtest.Lab
	runs string
	plan string
}

// keys are enough for a snapshot of some MB: the drill's logic is the same as
// with make demo's 50,000.
const keys = "2000"

func newStage(t *testing.T, edit func(t *testing.T, plan string) string) *stage {
	t.Helper()
	plan, err := os.ReadFile("dr-plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{lab: labtest.Private(t, "--keys", keys), runs: t.TempDir(), plan: filepath.Join(t.TempDir(), "dr-plan.yaml")}
	if err := os.WriteFile(s.plan, []byte(edit(t, string(plan))), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func asItIs(_ *testing.T, plan string) string { return plan }

// command is drplan with the lab's parameters.
func (s *stage) command(t *testing.T, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), drplan, args...)
	cmd.Env = append(os.Environ(),
		"DRPLAN_RUNS="+s.runs,
		"AWS_ENDPOINT_URL="+s.lab.S3.Endpoint,
		"AWS_ACCESS_KEY_ID="+s.lab.S3.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+s.lab.S3.SecretKey,
		"AWS_REGION="+s.lab.S3.Region,
	)
	return cmd
}

func (s *stage) runArgs(output string) []string {
	port := regexp.MustCompile(`[0-9]+$`).FindString(s.lab.Etcd.Endpoints[0])
	return []string{
		"run", s.plan, "--scenario", "etcd_failure", "-o", output,
		"-p", "lab=" + s.lab.Dir, "-p", "port=" + port, "-p", "backups=s3://" + s.lab.S3.Bucket + "/drill/",
	}
}

// summary is what the tests read of drplan run -o json.
type summary struct {
	Result string `json:"result"`
	RTO    struct {
		Actual *float64 `json:"actual_seconds"`
		Met    *bool    `json:"met"`
	} `json:"rto"`
	RPO struct {
		Actual *float64 `json:"actual_seconds"`
		Met    *bool    `json:"met"`
		Basis  string   `json:"basis"`
	} `json:"rpo"`
	Steps []struct {
		ID     string  `json:"id"`
		Status string  `json:"status"`
		Error  *string `json:"error"`
	} `json:"steps"`
}

// failed are the steps that failed by themselves.
func (s summary) failed() map[string]string {
	out := map[string]string{}
	for _, step := range s.Steps {
		if (step.Status == "failed" || step.Status == "timed_out") && step.Error != nil {
			out[step.ID] = *step.Error
		}
	}
	return out
}

// drill runs drplan and returns its exit code and summary.
func (s *stage) drill(t *testing.T, args []string) (int, summary) {
	t.Helper()
	cmd := s.command(t, args...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	var sum summary
	if err := json.Unmarshal(out.Bytes(), &sum); err != nil {
		t.Fatalf("no summary (%v), exit code %d: %s\n%s", err, cmd.ProcessState.ExitCode(), out.String(), log.String())
	}
	if len(sum.Steps) < 15 {
		t.Fatalf("the summary has %d steps", len(sum.Steps))
	}
	t.Logf("exit code %d, %s, failed: %v", cmd.ProcessState.ExitCode(), sum.Result, sum.failed())
	return cmd.ProcessState.ExitCode(), sum
}

// puts counts the objects that S3 really took, by the last part of their keys.
func (s *stage) puts(t *testing.T, suffix string) int {
	t.Helper()
	log, err := os.ReadFile(s.lab.S3.AccessLog)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(log)) {
		taken := strings.Contains(line, " s3_PutObject ") || strings.Contains(line, " s3_CompleteMultipartUpload ")
		if taken && strings.Contains(line, suffix+" ") && strings.Contains(line, " 200 ") {
			n++
		}
	}
	return n
}

// once holds that every member was started once by the lab and once by the
// restore, and each backup taken once: by the servers' own logs.
func (s *stage) once(t *testing.T) {
	t.Helper()
	for _, m := range s.lab.Etcd.Members {
		if got := labtest.Starts(t, m.StartsLog); got != 2 {
			t.Errorf("%s was started %d times, want 2: by the lab and by the restore", m.Name, got)
		}
	}
	for _, suffix := range []string{"-1.db", "-2.db"} {
		if got := s.puts(t, suffix); got != 1 {
			t.Errorf("S3 took the backup %s %d times, want once", suffix, got)
		}
	}
}
