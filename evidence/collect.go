package evidence

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// toldName is the record of who was told what.
const toldName = "notifications.jsonl"

// Collect lists what a bundle takes of the run's folder dir, in order of name: the
// journal, the plans, the parameters, the checkpoints, who was told what, and what
// people may read of what the steps printed, which is without secrets. What lies there for a resume
// is left out.
func Collect(dir string) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		if e.Name() != journalName && e.Name() != "run.log" && e.Name() != toldName && !material(e.Name()) {
			continue
		}
		if files, err = add(files, dir, e.Name()); err != nil {
			return nil, err
		}
	}
	logs, err := filepath.Glob(filepath.Join(globbed(dir), "steps", "*", "output.log"))
	for _, log := range logs {
		if files, err = add(files, dir, path.Join("steps", filepath.Base(filepath.Dir(log)), "output.log")); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, err
}

// Collect is Collect of material that is at hand.
func (m Material) Collect() []File {
	files := []File{{journalName, m.Size, func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(m.Journal, 0, m.Size)), nil
	}}}
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		files = append(files, Bytes(name, m.Files[name]))
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files
}

// globbed is a folder's name as a pattern that only it fits.
func globbed(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// add adds a file as long as it is now. One that is empty at the end of a run says
// nothing, and one that is gone meanwhile cannot.
func add(files []File, dir, name string) ([]File, error) {
	file := filepath.Join(dir, filepath.FromSlash(name))
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	return append(files, File{name, info.Size(), func() (io.ReadCloser, error) { return os.Open(file) }}), nil
}
