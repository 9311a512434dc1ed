package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Owner is whose a folder is, and how it is labelled.
type Owner struct {
	UID   int    `json:"uid"`
	GID   int    `json:"gid"`
	Mode  uint32 `json:"mode"`            // permission bits, set-id and sticky, as chmod(2) has them
	Label string `json:"label,omitempty"` // SELinux; "" where there is none
}

const labelAttr = "security.selinux"

// private is the mode of a new data directory; etcd warns of any other.
const private = 0o700

// readOwner reads the owner of the first of the paths that exists; where none
// does, it is the user of this process.
func readOwner(paths ...string) (Owner, error) {
	for _, path := range paths {
		var st syscall.Stat_t
		if err := syscall.Stat(path, &st); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return Owner{}, &fs.PathError{Op: "stat", Path: path, Err: err}
		}
		label, err := readLabel(path)
		return Owner{int(st.Uid), int(st.Gid), st.Mode & 0o7777, label}, err
	}
	return Owner{os.Geteuid(), os.Getegid(), private, ""}, nil
}

func readLabel(path string) (string, error) {
	buf := make([]byte, 1024)
	n, err := unix.Getxattr(path, labelAttr, buf)
	switch {
	case errors.Is(err, unix.ENODATA), errors.Is(err, unix.ENOTSUP):
		return "", nil
	case err != nil:
		return "", &fs.PathError{Op: "read the SELinux label of", Path: path, Err: err}
	}
	return string(buf[:n]), nil
}

// Parse changes o to what a person wrote: user or user:group, by name or
// number. The group of a user without one is the user's own.
func (o Owner) Parse(text string) (Owner, error) {
	if text == "" {
		return o, nil
	}
	name, group, _ := strings.Cut(text, ":")
	u, err := lookupUser(name)
	if err != nil {
		return o, err
	}
	if group != "" {
		if u.Gid, err = lookupGroup(group); err != nil {
			return o, err
		}
	}
	if o.UID, err = strconv.Atoi(u.Uid); err == nil {
		o.GID, err = strconv.Atoi(u.Gid)
	}
	return o, err
}

func lookupUser(name string) (*user.User, error) {
	if _, err := strconv.Atoi(name); err == nil {
		if u, err := user.LookupId(name); err == nil {
			return u, nil
		}
		return &user.User{Uid: name, Gid: name}, nil
	}
	return user.Lookup(name)
}

func lookupGroup(name string) (string, error) {
	if _, err := strconv.Atoi(name); err == nil {
		return name, nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return "", err
	}
	return g.Gid, nil
}

// Give gives everything below root to o, and root its mode.
func (o Owner) Give(root string) error {
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return o.give(path)
	})
	if err == nil {
		// Not os.Chmod, whose bits of set-id are others. After the owner, whose
		// change may clear them.
		err = unix.Chmod(root, o.Mode)
	}
	if err != nil {
		return fmt.Errorf("give %s the owner, mode and label of the old data: %w", root, err)
	}
	return nil
}

func (o Owner) give(path string) error {
	var st syscall.Stat_t
	if err := syscall.Lstat(path, &st); err != nil {
		return err
	}
	if int(st.Uid) != o.UID || int(st.Gid) != o.GID {
		if err := os.Lchown(path, o.UID, o.GID); err != nil {
			return err
		}
	}
	if o.Label == "" {
		return nil
	}
	return unix.Lsetxattr(path, labelAttr, []byte(o.Label), 0)
}
