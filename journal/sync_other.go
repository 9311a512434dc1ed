//go:build !linux

package journal

import "os"

// syncData makes a file durable; os.File.Sync also empties a Mac's disk cache.
func syncData(f *os.File) error { return f.Sync() }
