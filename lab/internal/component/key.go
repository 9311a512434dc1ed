package component

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// buildArgs are the flags of every build; they are part of the key. -trimpath
// lets clones in different folders share one build, -s -w halve the binary.
var buildArgs = []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"}

// goEnv is the environment of every go command here: what a user set for his
// own work (a workspace, vendoring, cgo) must not change what is built.
func goEnv() []string {
	return append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
}

// key hashes all that decides what a build of the component in dir yields. Test
// files do not count.
func key(ctx context.Context, dir string) (string, error) {
	hash := sha256.New()
	toolchain := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOARM64")
	toolchain.Dir, toolchain.Env = dir, goEnv()
	out, err := toolchain.Output()
	if err != nil {
		return "", fmt.Errorf("ask the go command for its version (is Go installed and on PATH?): %w", err)
	}
	fmt.Fprintf(hash, "%s%q\n", out, buildArgs)
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
