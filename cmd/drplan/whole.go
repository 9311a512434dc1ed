package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// writeWhole makes a file that appears whole and synced, or not at all: under a passing
// name beside it first. One that is there keeps its mode, and a link to it stays one;
// a new one gets the mode given. An error of the file itself names no file, for who
// asked knows only one; one of write stays what it is.
func writeWhole(file string, mode fs.FileMode, write func(io.Writer) error) error {
	if to, err := filepath.EvalSymlinks(file); err == nil {
		file = to
	}
	switch info, err := os.Stat(file); {
	case err == nil && info.IsDir():
		return syscall.EISDIR // rename(2) says that it exists
	case err == nil:
		mode = info.Mode().Perm()
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*") // mode 0600
	if err != nil {
		return nameless(err)
	}
	defer os.Remove(tmp.Name()) // gone already where all went well
	if err := errors.Join(write(tmp), tmp.Chmod(mode), tmp.Sync(), tmp.Close()); err != nil {
		return namelessOf(tmp.Name(), err)
	}
	return nameless(os.Rename(tmp.Name(), file))
}

// nameless is what the system said, without the passing name.
func nameless(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// namelessOf is nameless of an error that is one of the file.
func namelessOf(file string, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) && of.Path == file {
		return nameless(of)
	}
	return err
}

// whole is writeWhole of bytes that are at hand.
func whole(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}
