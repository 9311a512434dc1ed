package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/drplan/drplan/evidence/keys"
)

const (
	journalName = "journal.jsonl"
	planName    = "plan.yaml"
	paramsName  = "params.json"
)

// checkpointName is how the files of checkpoints are called.
// It is compiled at its first use: every command would pay for it otherwise.
var checkpointName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^checkpoint-[0-9]+-[0-9a-f]{8}\.note$`) })

// Material is what a verdict on a run rests on.
type Material struct {
	Run     string // the id that it must have; empty: any
	Journal io.ReaderAt
	Size    int64             // of the journal, in bytes
	Files   map[string][]byte // name to content: plans, parameters, checkpoints

	output func(name string) (io.ReadCloser, error) // what a step printed; nil: it is not at hand
}

// Open reads the material of the run in a folder. Close it.
func Open(dir string) (m Material, closer io.Closer, err error) {
	f, err := os.Open(filepath.Join(dir, journalName))
	if err != nil {
		return m, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err == nil {
		m.Journal, m.Size, m.output = f, info.Size(), outputsIn(dir)
		m.Files, err = readMaterial(dir)
	}
	if err != nil {
		f.Close()
		return m, nil, err
	}
	return m, f, nil
}

// material reports whether a file of a run's folder, beside the journal, counts
// for a verdict.
func material(name string) bool {
	return name == planName || name == paramsName || name == RegisterName || checkpointName().MatchString(name) ||
		strings.HasPrefix(name, "plan-") && strings.HasSuffix(name, ".yaml")
}

// Of is the material of a run whose files are at hand, as in a bucket.
func Of(run string, journal []byte, beside map[string][]byte) Material {
	m := Material{Run: run, Journal: bytes.NewReader(journal), Size: int64(len(journal)), Files: map[string][]byte{}}
	for name, data := range beside {
		if material(name) {
			m.Files[name] = data
		}
	}
	return m
}

func readMaterial(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if !material(e.Name()) {
			continue
		}
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// checkpoints lists the names of the checkpoints, those of fewer records first.
func (m Material) checkpoints() []string {
	var names []string
	for name := range m.Files {
		if checkpointName().MatchString(name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := len(strings.Split(a, "-")[1]) - len(strings.Split(b, "-")[1]); d != 0 {
			return d // fewer digits
		}
		return strings.Compare(a, b)
	})
	return names
}

// Signed reports whether there is a checkpoint at all; who trusts it is another question.
func (m Material) Signed() bool { return len(m.checkpoints()) > 0 }

// IsCheckpoint reports whether a file of a run's folder is called as checkpoints are.
func IsCheckpoint(name string) bool { return checkpointName().MatchString(name) }

// Add adds checkpoints that were kept elsewhere. One that differs from that of the
// same name here is a finding.
func (m Material) Add(kept map[string][]byte) *Finding {
	for name, data := range kept {
		if here, ok := m.Files[name]; ok && string(here) != string(data) {
			return &Finding{File: name, Text: "it differs from the one that is kept elsewhere: one of the two is forged"}
		}
		m.Files[name] = data
	}
	return nil
}

// CheckpointsIn reads the checkpoints in a run's folder; what cannot be read is left out.
func CheckpointsIn(dir string) map[string][]byte {
	files := map[string][]byte{}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !IsCheckpoint(e.Name()) {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil {
			files[e.Name()] = data
		}
	}
	return files
}

// Claimed are the checkpoints among files, those of fewer records first, as they say of
// themselves: no signature is checked.
func Claimed(files map[string][]byte) []Checkpoint {
	var out []Checkpoint
	for _, name := range (Material{Files: files}).checkpoints() {
		if o := open(files[name], nil); o.err == nil || errors.Is(o.err, keys.ErrStranger) {
			out = append(out, o.Checkpoint)
		}
	}
	return out
}
