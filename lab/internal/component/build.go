package component

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/drplan/drplan/lab/internal/filelock"
)

// Builder builds components into a cache. Source and Cache are absolute paths;
// Progress gets lines for people, and nothing when all is cached.
type Builder struct {
	Source   string
	Cache    string
	Progress io.Writer
}

// Build returns the path of the component's binary and builds it first if the
// cache lacks it. Its links lie beside it. Two builds at once, also of two
// processes, share one: the second waits.
func (b Builder) Build(ctx context.Context, c Component) (string, error) {
	dir := filepath.Join(b.Source, c.Name)
	key, err := key(ctx, c, dir)
	if err != nil {
		return "", fmt.Errorf("component %s: %w", c.Name, err)
	}
	final := filepath.Join(b.Cache, c.Name+"-"+key)
	binary := filepath.Join(final, c.Name)
	if exists(binary) {
		return binary, nil
	}
	if err := b.fill(ctx, c, dir, final); err != nil {
		return "", fmt.Errorf("component %s: %w", c.Name, err)
	}
	return binary, nil
}

// fill makes the folder final under a lock, in a folder beside it that it
// renames when all is there. Other unfinished folders of this component are of
// builds that were killed: nobody alive holds the lock.
func (b Builder) fill(ctx context.Context, c Component, source, final string) error {
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return err
	}
	lock, err := filelock.Lock(ctx, filepath.Join(b.Cache, c.Name+".lock"))
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if exists(filepath.Join(final, c.Name)) {
		return nil
	}
	unfinished, _ := filepath.Glob(filepath.Join(b.Cache, c.Name+".partial-*"))
	for _, dir := range unfinished {
		os.RemoveAll(dir)
	}
	partial, err := os.MkdirTemp(b.Cache, c.Name+".partial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	if err := b.compile(ctx, c, source, partial); err != nil {
		return err
	}
	// Left over only where somebody removed the binary alone.
	if err := os.RemoveAll(final); err != nil {
		return err
	}
	return os.Rename(partial, final)
}

func (b Builder) compile(ctx context.Context, c Component, source, into string) error {
	began := time.Now()
	stop := b.report(c, began)
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", c.buildArgs(into)...)
	if nice, err := exec.LookPath("nice"); err == nil { // a lab's user has other work to do meanwhile
		cmd = exec.CommandContext(ctx, nice, append([]string{"-n", "10", "go"}, c.buildArgs(into)...)...)
	}
	cmd.Dir, cmd.Env = source, goEnv()
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	stop()
	if err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", source, err, output.Bytes())
	}
	for _, name := range c.Links {
		if err := os.Symlink(c.Name, filepath.Join(into, name)); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Chmod(into, 0o755), syncFiles(into)); err != nil {
		return err
	}
	fmt.Fprintf(b.Progress, "lab: built %s in %s\n", c.Name, time.Since(began).Round(time.Second))
	return nil
}

// report says now and then that the build of c is still going on, until the
// returned function is called.
func (b Builder) report(c Component, began time.Time) (stop func()) {
	fmt.Fprintf(b.Progress, "lab: building %s from source (once; about %d min on 2 cores)\n", c.Name, max(c.Minutes, 1))
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		ticker := time.NewTicker(30 * time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				fmt.Fprintf(b.Progress, "lab: building %s, %s so far\n", c.Name, time.Since(began).Round(time.Second))
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-gone }
}

// syncFiles puts the files of dir on disk, so that a power cut after the rename
// cannot leave an empty one.
func syncFiles(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		file, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if err := errors.Join(file.Sync(), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}
