// Package atomicfile writes small files so that a crash leaves the old content
// or the new, never a part. It knows nothing of what is in them.
package atomicfile

import (
	"os"
	"path/filepath"
)

// Write replaces the file at path, mode 0600, by way of a synced temporary file
// in the same folder, and syncs the folder.
func Write(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	if err := writeSynced(tmp, data); err != nil {
		return err
	}
	return Rename(tmp.Name(), path)
}

// Rename renames and syncs the folder of the new name, after which the rename
// survives a crash of the machine.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func writeSynced(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
