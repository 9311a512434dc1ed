package archive

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// readXattrs are the extended attributes of a path, not of what it links to:
// SELinux's label, access lists, capabilities, a user's own.
func readXattrs(path string) (map[string]string, error) {
	names, err := sized(func(buf []byte) (int, error) { return unix.Llistxattr(path, buf) })
	if errors.Is(err, unix.ENOTSUP) || err == nil && len(names) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list its extended attributes: %w", err)
	}
	all := map[string]string{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		value, err := sized(func(buf []byte) (int, error) { return unix.Lgetxattr(path, name, buf) })
		if errors.Is(err, unix.ENODATA) {
			continue // it went meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read its extended attribute %s: %w", name, err)
		}
		all[name] = string(value)
	}
	return all, nil
}

// sized asks for the size first, and again when it has grown since.
func sized(call func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := call(nil)
		if err != nil || n == 0 {
			return nil, err
		}
		buf := make([]byte, n)
		n, err = call(buf)
		if errors.Is(err, unix.ERANGE) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return buf[:n], nil
	}
}

// setXattr sets one on the entry name of an open folder, not on what it links to.
func setXattr(dir *os.File, name, attribute, value string) error {
	return unix.Lsetxattr(fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), name), attribute, []byte(value), 0)
}

// untaken reports whether a file system, or the kernel, knows no such attribute.
func untaken(err error) bool { return errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) }
