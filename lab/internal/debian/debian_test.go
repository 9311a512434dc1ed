package debian

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestStatic(t *testing.T) {
	sh, err := exec.LookPath("ls") // linked against the C library, as on every Debian
	if err != nil {
		t.Fatal(err)
	}
	if static(sh) || static("/etc/passwd") || static("/no/such/file") {
		t.Errorf("%s, a text file or none counts as a static program", sh)
	}
	source, program := filepath.Join(t.TempDir(), "main.go"), filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", program, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !static(program) {
		t.Error("a program of Go without cgo does not count as static")
	}
}

// aptGetIn puts an apt-get before all others that notes its arguments in the
// returned file, and fails as script says.
func aptGetIn(t *testing.T, script string) (calls string) {
	t.Helper()
	dir := t.TempDir()
	calls = filepath.Join(dir, "calls")
	text := "#!/bin/sh\necho \"$@\" >>" + calls + "\n" + script
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return calls
}

func TestInstallUpdatesTheListsOnceIfItMust(t *testing.T) {
	calls := aptGetIn(t, `case "$1" in update) touch "$0.updated";; *) [ -e "$0.updated" ];; esac`)
	if err := install(t.Context(), []string{"runc"}, filepath.Join(t.TempDir(), "ours"), io.Discard); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(calls)
	const again = "install -y --no-install-recommends runc\n"
	if string(got) != again+"update\n"+again {
		t.Errorf("apt-get was called with\n%s", got)
	}
}

func TestAnInstallationThatFailsSaysWhy(t *testing.T) {
	aptGetIn(t, `echo "E: Unable to locate package runc" >&2; exit 100`)
	err := install(t.Context(), []string{"runc"}, filepath.Join(t.TempDir(), "ours"), io.Discard)
	if err == nil || !strings.Contains(err.Error(), "Unable to locate package runc") {
		t.Errorf("error %v", err)
	}
}
