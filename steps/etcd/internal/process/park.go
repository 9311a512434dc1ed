package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// parked is where a manifest waits while its pod is down: beside the kubelet's
// folder, on the same file system, under a name that any run and any person
// finds.
func parked(manifest string) string {
	return filepath.Join(filepath.Dir(manifest)+"-stopped", filepath.Base(manifest))
}

// Parked is where the manifest of a static pod lies that was stopped; "" when it
// was not, and for everything that is no static pod.
func (c Control) Parked() string {
	if c.StaticPod == "" || there(c.StaticPod) || !there(parked(c.StaticPod)) {
		return ""
	}
	return parked(c.StaticPod)
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func lost(manifest string) error {
	return fmt.Errorf("%s: %w, nor is it in %s, where a pod that was stopped has its manifest", manifest, fs.ErrNotExist, filepath.Dir(parked(manifest)))
}

// park moves a manifest out of the kubelet's folder. Parking what is parked is
// fine.
func park(manifest, parked string) error {
	switch _, err := os.Stat(manifest); {
	case errors.Is(err, fs.ErrNotExist) && there(parked):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("static pod: %w", lost(manifest))
	case err != nil:
		return err
	}
	if err := os.MkdirAll(filepath.Dir(parked), 0o700); err != nil {
		return err
	}
	if err := keepOther(manifest, parked); err != nil {
		return err
	}
	if err := atomicfile.Rename(manifest, parked); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(manifest))
}

// keepOther: what was parked once and replaced by hand since is not lost.
func keepOther(manifest, parked string) error {
	older, err := os.ReadFile(parked)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	newer, nerr := os.ReadFile(manifest)
	if err := errors.Join(err, nerr); err != nil || bytes.Equal(older, newer) {
		return err
	}
	return os.Rename(parked, parked+".older")
}

// unpark puts a manifest back, edited. What is in the kubelet's folder already
// stays there.
func unpark(parked, manifest string, edit func([]byte) ([]byte, error)) error {
	if there(manifest) {
		return rewrite(manifest, edit)
	}
	if err := rewrite(parked, edit); err != nil {
		return err
	}
	return atomicfile.Rename(parked, manifest)
}

// rewrite edits a manifest where it lies. The kubelet does not look at names
// that begin with a dot, so it sees the file only when it is complete.
func rewrite(manifest string, edit func([]byte) ([]byte, error)) error {
	if edit == nil {
		return nil
	}
	old, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	data, err := edit(old)
	if err != nil || bytes.Equal(old, data) {
		return err
	}
	tmp := filepath.Join(filepath.Dir(manifest), "."+filepath.Base(manifest)+".new")
	if err := atomicfile.Write(tmp, data); err != nil {
		return err
	}
	if err := copyOwner(manifest, tmp); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return atomicfile.Rename(tmp, manifest)
}

func copyOwner(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		if err := os.Chown(to, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(to, info.Mode().Perm())
}
