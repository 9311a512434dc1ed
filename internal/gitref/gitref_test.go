package gitref_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/gitref"
)

// run runs the real git, or leaves the test out where there is none.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// repository has a plan in a folder, committed; commit is that.
func repository(t *testing.T, args ...string) (dir, plan, commit string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, which alone makes repositories to read: install git")
	}
	dir = t.TempDir()
	run(t, dir, append([]string{"init", "-q"}, args...)...)
	plan = filepath.Join(dir, "dr", "plan.yaml")
	write(t, plan, "a")
	write(t, filepath.Join(dir, "other.sh"), "a")
	run(t, dir, "add", ".")
	run(t, dir, "commit", "-q", "-m", "one")
	return dir, plan, run(t, dir, "rev-parse", "HEAD")
}

func check(t *testing.T, what, plan, commit, path string, dirty bool) {
	t.Helper()
	got, ok := gitref.Of(t.Context(), plan)
	if !ok || got.Commit != commit || got.Path != path || got.Dirty == nil || *got.Dirty != dirty {
		t.Errorf("%s: %+v, %v; want %s of %s, dirty %v", what, got, ok, path, commit, dirty)
	}
}

func TestOf(t *testing.T) {
	dir, plan, commit := repository(t)
	check(t, "committed", plan, commit, "dr/plan.yaml", false)
	write(t, filepath.Join(dir, "lies", "about"), "x")
	check(t, "something that git does not follow", plan, commit, "dr/plan.yaml", false)
	write(t, filepath.Join(dir, "other.sh"), "b")
	check(t, "another file changed", plan, commit, "dr/plan.yaml", true)
	run(t, dir, "checkout", "-q", "--", ".")
	fresh := filepath.Join(dir, "new.yaml")
	write(t, fresh, "x")
	check(t, "a plan that git does not follow", fresh, commit, "new.yaml", true)
	link := filepath.Join(t.TempDir(), "link.yaml")
	if err := os.Symlink(plan, link); err != nil {
		t.Fatal(err)
	}
	check(t, "by a link", link, commit, "dr/plan.yaml", false)

	run(t, dir, "pack-refs", "--all")
	if _, err := os.Stat(filepath.Join(dir, ".git", "refs", "heads", "main")); err == nil {
		t.Fatal("the ref was not packed")
	}
	check(t, "packed", plan, commit, "dr/plan.yaml", false)
	tree := filepath.Join(t.TempDir(), "tree")
	run(t, dir, "worktree", "add", "-q", "-b", "side/branch", tree)
	check(t, "in a linked work tree, packed", filepath.Join(tree, "dr", "plan.yaml"), commit, "dr/plan.yaml", false)
	write(t, filepath.Join(tree, "dr", "plan.yaml"), "c")
	check(t, "changed there", filepath.Join(tree, "dr", "plan.yaml"), commit, "dr/plan.yaml", true)
	run(t, tree, "commit", "-q", "-a", "-m", "two")
	check(t, "committed there", filepath.Join(tree, "dr", "plan.yaml"), run(t, tree, "rev-parse", "HEAD"), "dr/plan.yaml", false)
	check(t, "and not here", plan, commit, "dr/plan.yaml", false)
	run(t, dir, "checkout", "-q", "--detach")
	check(t, "detached", plan, commit, "dr/plan.yaml", false)
	t.Setenv("GIT_DIR", filepath.Join(t.TempDir(), "none"))
	check(t, "in a hook of another repository", plan, commit, "dr/plan.yaml", false)
}

// TestWithoutGit: the commit is read all the same; what only git can tell is left out.
func TestWithoutGit(t *testing.T) {
	_, plan, commit := repository(t)
	t.Setenv("PATH", t.TempDir())
	got, ok := gitref.Of(t.Context(), plan)
	if !ok || got.Commit != commit || got.Dirty != nil {
		t.Errorf("%+v, %v; want %s", got, ok, commit)
	}
}

// TestSHA256: a repository with the longer hashes.
func TestSHA256(t *testing.T) {
	_, plan, commit := repository(t, "--object-format=sha256")
	if len(commit) != 64 {
		t.Fatalf("the commit is %s", commit)
	}
	check(t, "sha256", plan, commit, "dr/plan.yaml", false)
}

// TestNone: what is no work tree, or is broken, has no place, and no error.
func TestNone(t *testing.T) {
	dir := t.TempDir()
	plan := filepath.Join(dir, "plan.yaml")
	write(t, plan, "a")
	none := func(what string) {
		t.Helper()
		if got, ok := gitref.Of(t.Context(), plan); ok {
			t.Errorf("%s: %+v", what, got)
		}
	}
	none("no repository")
	write(t, filepath.Join(dir, ".git"), "nonsense")
	none("a file that names no repository")
	write(t, filepath.Join(dir, ".git"), "gitdir: nowhere\n")
	none("one that names none that is there")
	if err := os.Remove(filepath.Join(dir, ".git")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, ".git", "HEAD"), "ref: refs/heads/main\n")
	none("no commit yet")
	write(t, filepath.Join(dir, ".git", "HEAD"), "ref: ../../../etc/passwd\n")
	none("a ref that leads out")
	write(t, filepath.Join(dir, ".git", "HEAD"), strings.Repeat("a", 41)+"\n")
	none("a hash that is none")
	if _, ok := gitref.Of(t.Context(), filepath.Join(dir, "missing.yaml")); ok {
		t.Error("a file that is not there has a place")
	}
}
