package local

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/drplan/drplan/engine"
)

// How many bytes a step's output.log keeps, and what an attempt may add whatever
// the attempts before it have written. The disk is the journal's too.
const (
	outputLimit = 16 << 20
	outputShare = 64 << 10
)

// outputFile keeps the beginning of what a step's programs print. It is made when
// something is first written to it: most steps say nothing, and a file for each
// of 1,000 steps costs the disk more than their events.
type outputFile struct {
	path string
	file *os.File
	room int64 // bytes
}

// Write keeps what there is room for, and says once that there was more.
func (f *outputFile) Write(p []byte) (int, error) {
	if err := f.open(); err != nil {
		return 0, err
	}
	if f.room < 0 {
		return len(p), nil
	}
	keep := min(int64(len(p)), f.room)
	f.room -= keep
	_, err := f.file.Write(p[:keep])
	if err == nil && keep < int64(len(p)) {
		f.room = -1
		_, err = fmt.Fprintf(f.file, "\n[the output goes on: only the first %d MiB of a step's are kept]\n", outputLimit>>20)
	}
	return len(p), err
}

func (f *outputFile) open() (err error) {
	if f.file != nil {
		return nil
	}
	f.file, err = os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	f.room = max(outputLimit-info.Size(), outputShare)
	return nil
}

// outputName is the file, in a step's folder, that keeps what its programs print.
const outputName = "output.log"

// printed is the digest of what a step's programs have printed so far; nil where they
// have said nothing, or where that cannot be read: it decides nothing.
func (d *driver) printed(step string) *engine.Output {
	name := path.Join("steps", safeName(step), outputName)
	f, err := os.Open(filepath.Join(d.log.Dir(), filepath.FromSlash(name)))
	if err != nil {
		return nil
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil || n == 0 {
		return nil
	}
	return &engine.Output{File: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}
}

func (f *outputFile) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
