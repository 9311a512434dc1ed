package command

import (
	"errors"
	"os"
	"syscall"
)

// punchHole are flags of fallocate(2): make a hole, and leave the file's size.
const punchHole = 0x2 | 0x1

// free gives a part of a file back to the file system, and returns up to where
// that is done now.
func free(f *os.File, from, to int64) (upTo int64, err error) {
	err = syscall.Fallocate(int(f.Fd()), punchHole, from, to-from)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		return cutAtHead(f)
	}
	return to, err
}
