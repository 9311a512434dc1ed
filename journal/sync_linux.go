package journal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes a file's bytes and length durable, and none of its other
// attributes: one barrier less than fsync on most file systems.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
