package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// elsewhere are the commands that another test runs, or that only start tests.
// Everything else in a page is run here.
var elsewhere = map[string]string{
	"make demo":         "the same steps: examples/etcd-drill",
	"make test":         "this is it",
	"make demo-cluster": "the same steps: examples/namespace-deletion",
	"make lint":         "the linter is built from its pinned version",
	"make bench":        "benchmarks",
	"make generate":     "TestReference, and schema's TestDrift",
	"../lab/README.md":  "lab's TestReadme",
	"go install github.com/drplan/drplan/cmd/drplan@latest": "a release; this test builds the same package",
}

// lent are programs that a machine may lack. What is shown of them runs where they
// are; evidence/keys tests the same there.
var lent = []string{"openssl ", "ssh-keygen "}

func lacking(command string) bool {
	for _, program := range lent {
		if strings.HasPrefix(command, program) {
			_, err := exec.LookPath(strings.TrimSpace(program))
			return err != nil
		}
	}
	return false
}

var bin string // the folder of the built drplan

func TestMain(m *testing.M) {
	os.Exit(withDrplan(m.Run))
}

func withDrplan(run func() int) int {
	dir, err := os.MkdirTemp("", "drplan-docs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("go", "build", "-o", dir, "../cmd/drplan").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	bin = dir
	return run()
}

// TestShell runs the commands of every page, in order, as they stand: in a
// folder of its own, which holds what the page's folder does. A plan that the
// page shows is there as dr-plan.yaml from then on.
func TestShell(t *testing.T) {
	for _, page := range pages(t) {
		if elsewhere[page] != "" {
			continue
		}
		t.Run(strings.ReplaceAll(strings.TrimPrefix(page, "../"), "/", "_"), func(t *testing.T) {
			t.Parallel()
			s := newShell(t, filepath.Dir(page))
			for _, b := range blocks(t, page) {
				s.take(t, b)
			}
		})
	}
}

type shell struct {
	dir string
	env []string
}

func newShell(t *testing.T, like string) *shell {
	s := &shell{dir: t.TempDir()}
	s.env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+s.dir, "XDG_STATE_HOME=", "DRPLAN_RUNS=")
	plans, err := filepath.Glob(filepath.Join(like, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, plan := range plans {
		s.write(t, filepath.Base(plan), read(t, plan))
	}
	return s
}

func (s *shell) take(t *testing.T, b block) {
	t.Helper()
	switch b.info {
	case "yaml":
		s.write(t, "dr-plan.yaml", b.text)
	case "sh":
		for line := range strings.Lines(b.text) {
			s.run(t, b, line)
		}
	case "console":
		for line := range strings.Lines(b.text) {
			if command, ok := strings.CutPrefix(line, "$ "); ok {
				s.run(t, b, command)
			}
		}
	}
}

// run runs one line; what follows # is for people.
func (s *shell) run(t *testing.T, b block, line string) {
	t.Helper()
	command, _, _ := strings.Cut(line, " #")
	command = strings.TrimSpace(command)
	if command == "" || elsewhere[command] != "" || lacking(command) {
		return
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", command)
	cmd.Dir, cmd.Env = s.dir, s.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %s: %v\n%s", b, command, err, &out)
	}
}

func (s *shell) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The pages that are written by drplan are what this build says.
func TestReference(t *testing.T) {
	for page, args := range map[string][]string{
		"reference.md": {"explain", "--markdown"},
		"rules.md":     {"lint", "--explain", "--markdown"},
	} {
		out, err := exec.Command(filepath.Join(bin, "drplan"), args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != read(t, page) {
			t.Errorf("docs/%s is out of date: run `make generate`", page)
		}
	}
}
