//go:build linux || darwin || freebsd

package diskspace

import "golang.org/x/sys/unix"

// Free is how many bytes an ordinary user may still write below dir; false where
// the platform does not say.
func Free(dir string) (int64, bool, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, false, err
	}
	return int64(s.Bavail) * int64(s.Bsize), true, nil //nolint:unconvert // Bsize has 32 bits on macOS
}
