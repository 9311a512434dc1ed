package component

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// buildArgs are the arguments of the go command that puts the component's
// binaries into the folder into; they are part of the key. -trimpath lets clones
// in different folders share one build, -s -w halve the binaries.
func (c Component) buildArgs(into string) []string {
	flags := "-s -w"
	for _, variable := range slices.Sorted(maps.Keys(c.Variables)) {
		flags += fmt.Sprintf(" -X %s=%s", variable, c.Variables[variable])
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=" + flags, "-o"}
	if len(c.Packages) == 0 {
		return append(args, filepath.Join(into, c.Name), ".")
	}
	// With several packages the go command takes a folder, with its slash, and
	// names each binary by its package.
	return append(append(args, into+"/"), c.Packages...)
}

// goEnv is the environment of every go command here: what a user set for his
// own work (a workspace, vendoring, cgo) must not change what is built.
func goEnv() []string {
	return append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
}

// key hashes all that decides what a build of the component c in dir yields. Test
// files do not count.
func key(ctx context.Context, c Component, dir string) (string, error) {
	hash := sha256.New()
	toolchain := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOARM64")
	toolchain.Dir, toolchain.Env = dir, goEnv()
	out, err := toolchain.Output()
	if err != nil {
		return "", fmt.Errorf("ask the go command for its version (is Go installed and on PATH?): %w", err)
	}
	fmt.Fprintf(hash, "%s%q%q\n", out, c.buildArgs(""), c.Links)
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isInput(entry.Name()) {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(hash, "%s %d\n%s", rel, len(data), data)
		return err
	})
	return hex.EncodeToString(hash.Sum(nil))[:16], err
}

func isInput(name string) bool {
	return name == "go.mod" || name == "go.sum" ||
		strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}
