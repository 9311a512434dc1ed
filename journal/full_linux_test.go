package journal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() { children["fill"] = fillDisk }

// fillDisk appends until the disk is full and checks what is left. Its first
// argument says what the limit is: "tmpfs" mounts one on the folder that
// follows, in a mount namespace of this process; "rlimit" limits the file's size.
func fillDisk(args []string) error {
	how, dir := args[0], args[1]
	if how == "tmpfs" {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
			return fmt.Errorf("mount: %w", err)
		}
	}
	l, err := Create(dir, "r1", []byte(sample[0][0]), nil)
	if err != nil {
		return err
	}
	if how == "rlimit" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 20_000, Max: 20_000}); err != nil {
			return err
		}
	}
	return appendUntilFull(l)
}

func appendUntilFull(l *Log) error {
	rec := []byte(`"` + strings.Repeat("x", 1000) + `"`)
	var full error
	for full == nil {
		full = l.Append(rec, rec, rec)
	}
	if !errors.Is(full, unix.ENOSPC) && !errors.Is(full, unix.EFBIG) {
		return full
	}
	written := l.Len()
	if err := l.Append([]byte(`1`)); err != full {
		return fmt.Errorf("a later Append says %v", err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	again, records, cut, err := Open(l.Dir())
	if err != nil {
		return err
	}
	if int64(len(records)) != written || written < 10 || cut != (Cut{}) {
		return fmt.Errorf("%d records are left of %d, cut %+v", len(records), written, cut)
	}
	fmt.Println("kept", written)
	return again.Close()
}

func TestDiskFull(t *testing.T) {
	t.Run("file size limit", func(t *testing.T) {
		checkFull(t, child(t, "fill", "rlimit", t.TempDir()))
	})
	t.Run("small file system", func(t *testing.T) {
		cmd := child(t, "fill", "tmpfs", t.TempDir())
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		if os.Getuid() != 0 {
			t.Skip("mounting a small file system needs root; the file size limit was tested")
		}
		checkFull(t, cmd)
	})
}

func checkFull(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.Output()
	if errors.Is(err, unix.EPERM) || strings.Contains(string(out), "mount: operation not permitted") {
		t.Skip("this container may not mount; the file size limit was tested")
	}
	if err != nil || !strings.HasPrefix(string(out), "kept ") {
		t.Errorf("%v: %s", err, out)
	}
}

// /dev/null takes every write and refuses to sync: what is not synced is not committed.
func TestFailedSyncIsAnError(t *testing.T) {
	l := mustCreate(t, nil)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.file.Close()
	l.file = null
	err = l.Append([]byte(`1`))
	if err == nil || !strings.Contains(err.Error(), "fdatasync") || l.Len() != 1 {
		t.Errorf("got %v and %d records, want the failed sync and the header", err, l.Len())
	}
}

// When not even the rewind works, the torn batch stays and the next Open cuts it.
func TestFailedRewindIsCutLater(t *testing.T) {
	l := mustCreate(t, nil)
	mustWrite(t, l)
	readOnly, err := os.Open(filepath.Join(l.Dir(), fileName))
	if err != nil {
		t.Fatal(err)
	}
	writable := l.file
	l.file = readOnly
	if err := l.Append([]byte(`1`)); err == nil {
		t.Fatal("a read-only file took a batch")
	}
	if _, err := writable.WriteAt([]byte(`{"seq":9,"batch":6,`), l.at.size); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(writable.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	again, records, cut, err := Open(l.Dir())
	if err != nil || len(records) != 8 || cut.Records != 1 || cut.Marked {
		t.Fatalf("%d records, cut %+v, %v", len(records), cut, err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
