package component

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var small = Component{Name: "small", Links: []string{"alias"}}

// builder has a component without dependencies to build, and an empty cache.
func builder(t *testing.T) Builder {
	t.Helper()
	dir := t.TempDir()
	b := Builder{Source: filepath.Join(dir, "source"), Cache: filepath.Join(dir, "cache"), Progress: io.Discard}
	write(t, filepath.Join(b.Source, "small", "go.mod"), "module example.com/small\n\ngo 1.26\n")
	write(t, filepath.Join(b.Source, "small", "main.go"), "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(os.Args[0]) }\n")
	return b
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustBuild(t *testing.T, b Builder) string {
	t.Helper()
	path, err := b.Build(t.Context(), small)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBuildMakesABinaryAndItsLinks(t *testing.T) {
	path := mustBuild(t, builder(t))
	for _, program := range []string{path, filepath.Join(filepath.Dir(path), "alias")} {
		out, err := exec.Command(program).Output()
		if err != nil || string(out) != program {
			t.Errorf("%s printed %q, error %v", program, out, err)
		}
	}
}

func TestASecondBuildIsQuietAndBuildsNothing(t *testing.T) {
	b := builder(t)
	var first, second bytes.Buffer
	b.Progress = &first
	path := mustBuild(t, b)
	if !strings.Contains(first.String(), "building small") || !strings.Contains(first.String(), "built small") {
		t.Errorf("the first build said %q", first.String())
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b.Progress = &second
	if again := mustBuild(t, b); again != path {
		t.Errorf("the second build gave %s, want %s", again, path)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) || second.Len() > 0 {
		t.Errorf("the second build replaced the binary or said something: %q", second.String())
	}
}

func TestTheKeyFollowsTheSources(t *testing.T) {
	b := builder(t)
	dir := filepath.Join(b.Source, "small")
	seen := map[string]string{}
	for _, c := range []struct{ change, file, content string }{
		{"nothing", "go.sum", ""},
		{"the module", "go.mod", "module example.com/small\n\ngo 1.26.0\n"},
		{"a dependency's hash", "go.sum", "example.com/x v1.0.0 h1:abc=\n"},
		{"the code", "main.go", "package main\n\nfunc main() {}\n"},
		{"code in a subfolder", "sub/sub.go", "package sub\n"},
	} {
		write(t, filepath.Join(dir, c.file), c.content)
		k, err := key(t.Context(), small, dir)
		if err != nil {
			t.Fatal(err)
		}
		if earlier, ok := seen[k]; ok {
			t.Errorf("after a change of %s the key is that of %s", c.change, earlier)
		}
		seen[k] = c.change
	}
	write(t, filepath.Join(dir, "main_test.go"), "package main\n")
	if k, _ := key(t.Context(), small, dir); seen[k] == "" {
		t.Error("a test file changed the key")
	}
}

func TestABuildThatFailedLeavesNothingAndSaysWhy(t *testing.T) {
	b := builder(t)
	write(t, filepath.Join(b.Source, "small", "main.go"), "package main\n\nfunc main() { undefinedName() }\n")
	if _, err := b.Build(t.Context(), small); err == nil || !strings.Contains(err.Error(), "undefinedName") {
		t.Errorf("error %v, want the compiler's", err)
	}
	left, err := filepath.Glob(filepath.Join(b.Cache, "small?*"))
	if err != nil || len(left) != 1 || filepath.Base(left[0]) != "small.lock" {
		t.Errorf("the cache holds %v, want the lock alone", left)
	}
}

func TestRemainsOfAKilledBuildAreNotTakenForABinary(t *testing.T) {
	b := builder(t)
	remains := filepath.Join(b.Cache, "small.partial-123")
	write(t, filepath.Join(remains, "small"), "half a binary")
	path := mustBuild(t, b)
	if out, err := exec.Command(path).Output(); err != nil || string(out) != path {
		t.Errorf("the binary printed %q, error %v", out, err)
	}
	if _, err := os.Stat(remains); err == nil {
		t.Error("the remains are still there")
	}
}

func TestABinaryThatWasRemovedIsBuiltAgain(t *testing.T) {
	b := builder(t)
	path := mustBuild(t, b)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	mustBuild(t, b)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestBuildsAtOnceShareOne(t *testing.T) {
	b := builder(t)
	var said safeBuffer
	b.Progress = &said
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := b.Build(t.Context(), small); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := strings.Count(said.String(), "built small"); n != 1 {
		t.Errorf("built %d times, want once", n)
	}
}

type safeBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func TestFind(t *testing.T) {
	if c, err := Find("etcd"); err != nil || c.Name != "etcd" {
		t.Errorf("got %v, %v", c, err)
	}
	if _, err := Find("nosuch"); err == nil {
		t.Error("an unknown component was found")
	}
}

func output(t *testing.T, program string) string {
	t.Helper()
	out, err := exec.Command(program).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
