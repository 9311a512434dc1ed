package canary

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/drplan/drplan/steps/internal/atomicfile"
)

// files keeps a mark a file in a folder.
type files struct{ dir string }

const suffix = ".canary.json"

func (f files) path(m mark) string {
	return filepath.Join(f.dir, url.PathEscape(m.Run)+"."+url.PathEscape(m.Step)+suffix)
}

func (f files) put(_ context.Context, m mark) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return atomicfile.Write(f.path(m), data)
}

func (f files) list(context.Context) ([]mark, error) {
	if _, err := os.Stat(f.dir); err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(f.dir, "*"+suffix))
	if err != nil {
		return nil, err
	}
	var marks []mark
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var m mark
		if err := json.Unmarshal(data, &m); err != nil {
			return nil, fmt.Errorf("%s is no canary of drplan's: %w", path, err)
		}
		marks = append(marks, m)
	}
	return marks, nil
}

func (f files) remove(_ context.Context, marks []mark) error {
	var errs []error
	for _, m := range marks {
		if err := os.Remove(f.path(m)); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (f files) close() {}
