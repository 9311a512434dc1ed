package database

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/labtest"
)

// bin is where Debian 12 puts the programs of its PostgreSQL.
const bin = "/usr/lib/postgresql/15/bin"

var drplan string // the built program

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "drplan-example-")
	if err == nil {
		drplan = filepath.Join(dir, "drplan")
		var out []byte
		if out, err = exec.Command("go", "build", "-o", drplan, "../../cmd/drplan").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer os.RemoveAll(dir)
	labtest.Main(m)
}

// needed skips where the drill cannot run: PostgreSQL refuses to be root, so who
// starts it must be able to become somebody else.
func needed(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the drill runs PostgreSQL as its own user, which only root can")
	}
	if _, err := os.Stat(bin + "/postgres"); err != nil {
		t.Skipf("PostgreSQL 15 is not installed: on Debian 12, apt-get install postgresql (%v)", err)
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed: apt-get install curl")
	}
}

// stage is a database whose backups go to the lab's S3 by a schedule that is not
// the drill's, and a folder of runs.
type stage struct {
	s3      *labtest.S3Server
	folder  string
	tools   string
	backups string
	port    string
	runs    string
	plan    string
}

func newStage(t *testing.T, edit func(t *testing.T, s *stage, plan string) string) *stage {
	t.Helper()
	needed(t)
	s := &stage{s3: labtest.S3(t), runs: t.TempDir(), port: freePort(t)}
	s.folder = owned(t)
	s.tools = filepath.Join(s.folder, "tools")
	s.backups = "s3://" + s.s3.Bucket + "/" + filepath.Base(s.folder) + "/"
	for _, tool := range []string{"s3", "archive-wal", "fetch-wal", "schedule"} {
		copyTool(t, tool, s.tools)
	}
	s.schedule(t, "start")
	t.Cleanup(s.stop)
	s.schedule(t, "base")

	plan, err := os.ReadFile("dr-plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s.plan = filepath.Join(t.TempDir(), "dr-plan.yaml")
	if err := os.WriteFile(s.plan, []byte(edit(t, s, string(plan))), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func asItIs(_ *testing.T, _ *stage, plan string) string { return plan }

// owned is a folder of the user who runs PostgreSQL, whom t.TempDir keeps out.
func owned(t *testing.T) string {
	t.Helper()
	postgres, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(postgres.Uid)
	gid, _ := strconv.Atoi(postgres.Gid)
	dir, err := os.MkdirTemp("", "drplan-database-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := errors.Join(os.Chown(dir, uid, gid), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copyTool(t *testing.T, name, to string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err == nil {
		err = errors.Join(os.MkdirAll(to, 0o755), os.WriteFile(filepath.Join(to, name), data, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// freePort is a name for a socket file: nothing listens on the port itself.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func (s *stage) env() []string {
	return append(os.Environ(),
		"DRPLAN_RUNS="+s.runs, "BIN="+bin,
		"AWS_ENDPOINT_URL="+s.s3.Endpoint, "AWS_ACCESS_KEY_ID="+s.s3.AccessKey,
		"AWS_SECRET_ACCESS_KEY="+s.s3.SecretKey, "AWS_REGION="+s.s3.Region,
	)
}

func (s *stage) schedule(t *testing.T, what string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(s.tools, "schedule"), what, s.folder, s.port, s.backups)
	cmd.Env = s.env()
	cmd.WaitDelay = time.Second // the database outlives it and holds its output open
	if out, err := cmd.CombinedOutput(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatalf("schedule %s: %v: %s\n%s", what, err, out, s.log())
	}
}

// stop ends the database, if one runs.
func (s *stage) stop() {
	cmd := exec.Command("runuser", "-u", "postgres", "--", bin+"/pg_ctl", "-D", s.folder+"/data", "-m", "immediate", "-w", "stop")
	_ = cmd.Run()
}

func (s *stage) log() string {
	data, _ := os.ReadFile(s.folder + "/log")
	return string(data[max(0, len(data)-2000):])
}

// sql asks the database.
func (s *stage) sql(t *testing.T, query string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), bin+"/psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", s.folder, "-p", s.port, "-U", "postgres", "-c", query).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", query, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (s *stage) args(more ...string) []string {
	return append([]string{"run", s.plan, "--scenario", "database_loss", "-o", "json",
		"-p", "folder=" + s.folder, "-p", "port=" + s.port, "-p", "tools=" + s.tools, "-p", "backups=" + s.backups}, more...)
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
		Reason string   `json:"reason"`
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

// run runs drplan and returns its exit code and summary.
func (s *stage) run(t *testing.T, args []string) (int, summary) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), drplan, args...)
	cmd.Env = s.env()
	cmd.WaitDelay = time.Second
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		t.Fatal(err)
	}
	var sum summary
	if err := json.Unmarshal(out.Bytes(), &sum); err != nil {
		t.Fatalf("no summary (%v), exit code %d: %s\n%s", err, cmd.ProcessState.ExitCode(), out.String(), log.String())
	}
	if len(sum.Steps) < 7 {
		t.Fatalf("the summary has %d steps", len(sum.Steps))
	}
	t.Logf("exit code %d, %s, failed: %v", cmd.ProcessState.ExitCode(), sum.Result, sum.failed())
	if sum.Result != "succeeded" {
		t.Logf("the database's log:\n%s", s.log())
	}
	return cmd.ProcessState.ExitCode(), sum
}
