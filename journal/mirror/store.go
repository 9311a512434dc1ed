package mirror

import (
	"context"
	"errors"
	"io/fs"
)

// Store holds objects by name. A missing object is fs.ErrNotExist; a condition
// that does not hold is fs.ErrExist; anything else may pass.
type Store interface {
	// Create writes an object that must not exist.
	Create(ctx context.Context, name string, body []byte) (version string, err error)
	// Replace writes an object that must still have the version.
	Replace(ctx context.Context, name, version string, body []byte) (newVersion string, err error)
	Read(ctx context.Context, name string) (body []byte, version string, err error)
	// List returns the names that begin with prefix, sorted.
	List(ctx context.Context, prefix string) ([]string, error)
	// Folders returns the names of the folders directly below prefix, sorted.
	Folders(ctx context.Context, prefix string) ([]string, error)
}

func taken(err error) bool   { return errors.Is(err, fs.ErrExist) }
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
