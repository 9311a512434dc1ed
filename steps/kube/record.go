package kube

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// record is a list of objects in the step's folder. It is written before each
// change, so that another attempt knows what the ones before it did.
type record struct {
	file *os.File
	refs []string
}

func openRecord(dir, name string) (*record, error) {
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	r := &record{file: file, refs: []string{}}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		r.refs = append(r.refs, lines.Text())
	}
	return r, lines.Err()
}

func (r *record) has(ref string) bool { return slices.Contains(r.refs, ref) }

func (r *record) add(ref string) error {
	if r.has(ref) {
		return nil
	}
	r.refs = append(r.refs, ref)
	_, err := fmt.Fprintln(r.file, ref)
	return errors.Join(err, r.file.Sync())
}

func (r *record) close() error { return r.file.Close() }
