//go:build linux || darwin || freebsd

package s3

import "golang.org/x/sys/unix"

// freeBytes is how much an ordinary user may still write below dir.
func freeBytes(dir string) (int64, bool, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false, err
	}
	return int64(s.Bavail) * int64(s.Bsize), true, nil
}
