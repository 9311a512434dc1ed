package database

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/drplan/drplan/internal/drilltest"
	"github.com/drplan/drplan/internal/labtest"
)

// bin is where Debian 12 puts the programs of its PostgreSQL.
const bin = "/usr/lib/postgresql/15/bin"

const scenario = "database_loss"

func TestMain(m *testing.M) { drilltest.Main(m, labtest.Share()) }

// needed skips where the drill cannot run: PostgreSQL refuses to be root, so who
// starts it must be able to become somebody else.
func needed(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the drill runs PostgreSQL as its own user, which only root can")
	}
	if _, err := os.Stat(bin + "/postgres"); err != nil {
		t.Skipf("PostgreSQL 15 is not installed: as root on Debian 12, make packages (%v)", err)
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
}

func newStage(t *testing.T) *stage {
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
	return s
}

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
	return append(s.s3.Environ(), "BIN="+bin, "OBJECTS="+filepath.Join(s.s3.DataDir, s.s3.Bucket, filepath.Base(s.folder)))
}

func (s *stage) schedule(t *testing.T, what string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(s.tools, "schedule"), what, s.folder, s.port, s.backups)
	cmd.Env = append(os.Environ(), s.env()...)
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

// drill is the plan on this stage.
func (s *stage) drill(t *testing.T, args ...string) *drilltest.Drill {
	t.Helper()
	d := drilltest.New(t, scenario)
	d.Env, d.Runs = s.env(), s.runs
	d.Args = append([]string{"-p", "folder=" + s.folder, "-p", "port=" + s.port, "-p", "tools=" + s.tools, "-p", "backups=" + s.backups}, args...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the database's log:\n%s", s.log())
		}
	})
	return d
}
