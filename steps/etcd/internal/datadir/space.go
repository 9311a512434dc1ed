package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Need is room that will be taken below a path.
type Need struct {
	Path  string // it, or some parent of it, exists
	Bytes int64
}

// CheckSpace checks that each file system has room for all that is needed on
// it, taken together. The message says what was found.
func CheckSpace(needs []Need) (message string, err error) {
	type disk struct {
		path       string
		free, need int64
	}
	disks := map[uint64]*disk{}
	for _, n := range needs {
		path, dev, free, err := room(n.Path)
		if err != nil {
			return "", err
		}
		if disks[dev] == nil {
			disks[dev] = &disk{path: path, free: free}
		}
		disks[dev].need += n.Bytes
	}
	least := int64(-1)
	for _, d := range disks {
		if d.need > d.free {
			err = errors.Join(err, fmt.Errorf("%d MiB are needed on the file system of %s, %d MiB are free: make room", d.need>>20, d.path, d.free>>20))
		}
		if left := d.free - d.need; least < 0 || left < least {
			least = left
		}
	}
	return fmt.Sprintf("%d MiB to spare", least>>20), err
}

// room is what an unprivileged process may still write at path, or at its
// nearest parent that exists.
func room(path string) (existing string, dev uint64, free int64, err error) {
	for {
		var st unix.Stat_t
		err = unix.Stat(path, &st)
		if err == nil {
			dev = uint64(st.Dev)
			break
		}
		if parent := filepath.Dir(path); !errors.Is(err, fs.ErrNotExist) || parent == path {
			return "", 0, 0, &fs.PathError{Op: "stat", Path: path, Err: err}
		} else {
			path = parent
		}
	}
	var fsys unix.Statfs_t
	if err := unix.Statfs(path, &fsys); err != nil {
		return "", 0, 0, &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	return path, dev, int64(fsys.Bavail) * int64(fsys.Bsize), nil
}
