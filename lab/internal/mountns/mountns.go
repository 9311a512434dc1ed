// Package mountns gives a lab's node a mount namespace of its own, kept alive by
// a file: everything that a container runtime and a kubelet mount there is
// invisible elsewhere, and gone with the namespace.
//
// Mounts of the machine still reach it, not the other way round.
package mountns

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// Namespace is a mount namespace that the file Pin in a folder of its own holds.
type Namespace struct{ Dir string }

// Pin is the file through which others enter: nsenter --mount=PIN.
func (n Namespace) Pin() string { return filepath.Join(n.Dir, "mnt") }

// Exists says whether the namespace is there.
func (n Namespace) Exists() bool {
	var s unix.Statfs_t
	return unix.Statfs(n.Pin(), &s) == nil && s.Type == unix.NSFS_MAGIC
}

// Make makes the namespace, and in it what setup does. It appears complete or
// not at all; one that is there is left as it is.
func (n Namespace) Make(setup func() error) error {
	if n.Exists() {
		return nil
	}
	// Remains of a Make that was killed.
	if err := n.Remove(); err != nil {
		return err
	}
	if err := os.MkdirAll(n.Dir, 0o700); err != nil {
		return err
	}
	// The pin must lie in a private mount: a namespace cannot hold its own pin.
	if err := unix.Mount(n.Dir, n.Dir, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount %s: %w", n.Dir, err)
	}
	if err := unix.Mount("", n.Dir, "", unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make %s private: %w", n.Dir, err)
	}
	if err := os.WriteFile(n.Pin(), nil, 0o600); err != nil {
		return err
	}
	made := make(chan error)
	thread := make(chan int)
	release := make(chan struct{})
	go func() {
		// Never unlocked: a thread in another namespace ends with its goroutine.
		runtime.LockOSThread()
		err := enterNew()
		if err == nil {
			err = setup()
		}
		made <- err
		thread <- unix.Gettid()
		<-release
	}()
	err := <-made
	id := <-thread
	if err == nil {
		err = unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/mnt", id), n.Pin(), "", unix.MS_BIND, "")
	}
	close(release)
	if err != nil {
		return errors.Join(fmt.Errorf("make a mount namespace: %w", err), n.Remove())
	}
	return nil
}

// enterNew moves the calling thread into a new namespace. In it the root is a
// slave of the machine's and shared with what containers get of it: container
// runtimes want that.
func enterNew() error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
}

// Enter moves the calling thread, which must be locked, into the namespace.
func (n Namespace) Enter() error {
	fd, err := unix.Open(n.Pin(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the mount namespace %s: %w", n.Pin(), err)
	}
	defer unix.Close(fd)
	// The kernel refuses a thread that shares its root and working folder.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	if err := unix.Setns(fd, unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("enter the mount namespace %s: %w", n.Pin(), err)
	}
	return nil
}

// Remove gives the namespace up. The kernel takes its mounts away as soon as no
// process is left in it. One that is not there is no error.
func (n Namespace) Remove() error {
	for _, path := range []string{n.Pin(), n.Dir} {
		for {
			err := unix.Unmount(path, unix.MNT_DETACH)
			if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
				break // not mounted, or no longer
			}
			if err != nil {
				return fmt.Errorf("unmount %s: %w", path, err)
			}
		}
	}
	return os.RemoveAll(n.Dir)
}

// Command is argv as a process in the namespace.
func (n Namespace) Command(argv ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"--mount=" + n.Pin(), "--"}, argv...)...)
}
