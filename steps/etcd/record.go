package etcd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// loadRecord reads how far a step had come from a file in its folder; nil when
// it had not begun.
func loadRecord[T any](dir, name string) (*T, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	record := new(T)
	if err == nil {
		err = json.Unmarshal(data, record)
	}
	if err != nil {
		return nil, fmt.Errorf("read how far it had come: %w", err)
	}
	return record, nil
}

// saveRecord is on disk when it returns.
func saveRecord(dir, name string, record any) error {
	data, err := json.MarshalIndent(record, "", "  ")
	if err == nil {
		err = atomicfile.Write(filepath.Join(dir, name), data)
	}
	if err != nil {
		return fmt.Errorf("record how far it has come: %w", err)
	}
	return nil
}
