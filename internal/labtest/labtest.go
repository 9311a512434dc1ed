package labtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// upTimeout covers the first run on a machine, which builds the servers.
const upTimeout = 10 * time.Minute

var shared struct {
	sync.Mutex
	inMain bool
	lab    *Lab
	err    error
}

// Main runs the package's tests and takes the shared lab down. It does not return.
func Main(m *testing.M) {
	takeDown := Share()
	code := m.Run()
	if err := takeDown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// TakeDown takes down what Shared, PrivateCluster and Standby have started, for a
// TestMain of another package's making.
func TakeDown() error {
	err := errors.Join(standby.down(), breakable.down()) // the S3 servers are the latter's
	if shared.lab != nil {
		err = errors.Join(err, shared.lab.down())
	}
	if toolDir != "" {
		os.RemoveAll(toolDir)
	}
	return err
}

// Share lets tests call Shared, and returns TakeDown, for a TestMain of another
// package's making.
func Share() func() error {
	shared.inMain = true
	return TakeDown
}

// Shared returns the package's lab, started at the first call. A test must not
// stop its servers.
func Shared(t testing.TB) *Lab {
	t.Helper()
	if !shared.inMain {
		t.Fatal("labtest.Shared needs labtest.Main or labtest.Share in the package's TestMain")
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.lab == nil && shared.err == nil {
		var dir string
		if dir, shared.err = os.MkdirTemp("", "drplan-lab-"); shared.err == nil {
			shared.lab, shared.err = up(dir)
		}
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.lab
}

// Private starts a lab of the test's own, which is taken down when it ends.
// The arguments follow `lab up --etcd-only --keys 0`; later ones win.
func Private(t testing.TB, args ...string) *Lab {
	t.Helper()
	dir, err := os.MkdirTemp("", "drplan-lab-")
	if err != nil {
		t.Fatal(err)
	}
	lab, err := up(dir, args...)
	if err != nil {
		os.RemoveAll(dir)
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.down(); err != nil {
			t.Error(err)
		}
	})
	return lab
}

// Etcd is Shared, for tests that need etcd alone.
func Etcd(t testing.TB) *Lab { t.Helper(); return Shared(t) }

// S3 is Shared's S3 server.
func S3(t testing.TB) *S3Server { t.Helper(); return &Shared(t).S3 }

func up(dir string, args ...string) (*Lab, error) {
	if err := run(append([]string{"up", "--etcd-only", "--keys", "0", "--dir", dir}, args...)...); err != nil {
		downErr := run("down", "--dir", dir)
		return nil, errors.Join(err, downErr)
	}
	return read(dir)
}

// read reads what a lab says of itself.
func read(dir string) (*Lab, error) {
	data, err := os.ReadFile(filepath.Join(dir, "lab.json"))
	if err != nil {
		return nil, err
	}
	lab := new(Lab)
	return lab, json.Unmarshal(data, lab)
}

func (l *Lab) down() error {
	return run("down", "--dir", l.Dir)
}

// run runs the lab's command; an error holds its output.
func run(args ...string) error {
	lab, err := tool()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), upTimeout)
	defer cancel()
	return perform(exec.CommandContext(ctx, lab, args...))
}

// toolDir holds the lab's command once it was built.
var toolDir string

// tool builds the lab's command once; Go's cache makes that a link.
var tool = sync.OnceValues(func() (string, error) {
	root, err := repository()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "drplan-labtool-")
	if err != nil {
		return "", err
	}
	toolDir = dir
	path := filepath.Join(dir, "lab")
	build := exec.Command("go", "build", "-C", filepath.Join(root, "lab"), "-o", path, "./cmd/lab")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	err = perform(build)
	return path, err
})

// repository finds the folder that holds the lab, upwards from the test's.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "lab", "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("labtest: no lab/go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
}

// perform runs a command; an error holds what it printed.
func perform(cmd *exec.Cmd) error {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	// What the lab starts outlives it and may hold its output open.
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", strconv.Quote(cmd.String()), err, &out)
	}
	return err
}
