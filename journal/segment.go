package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// Place is a place between two batches of a run's file.
type Place struct {
	Seq    int64 // records before it
	Offset int64 // bytes before it
}

// Segment returns the whole batches of a run's file that lie behind a place, as
// far as the record upto, and the place behind them: nothing, and the same
// place, where there is none. What was committed never changes, so segments that
// follow one another are the file. The caller says upto because a file may hold
// a batch that was written and is not yet synced. The chain is not checked.
func Segment(dir string, from Place, upto int64) ([]byte, Place, error) {
	f, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		return nil, from, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, from, err
	}
	data, err := io.ReadAll(io.NewSectionReader(f, from.Offset, max(info.Size()-from.Offset, 0)))
	if err != nil {
		return nil, from, err
	}
	end, err := untilCommit(data, from, upto)
	if err != nil {
		return nil, from, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return data[:end.Offset-from.Offset], end, nil
}

var errNotALine = errors.New("what follows is not a line of a journal")

// untilCommit finds the last commit mark in data, which begins at from, that is
// not behind the record upto.
func untilCommit(data []byte, from Place, upto int64) (Place, error) {
	end, at := from, from.Offset
	for len(data) > 0 {
		eol := bytes.IndexByte(data, '\n')
		if eol < 0 {
			return end, nil // still being written
		}
		m := claim.FindSubmatch(data[:eol])
		if m == nil {
			return end, errNotALine
		}
		seq, err := strconv.ParseInt(string(m[1]), 10, 64)
		if err != nil {
			return end, errNotALine
		}
		if seq > upto {
			return end, nil
		}
		at += int64(eol) + 1
		if len(m[3]) > 0 {
			end = Place{seq, at}
		}
		data = data[eol+1:]
	}
	return end, nil
}

// Adopt makes a run's folder of what another machine has written: the bytes of
// its file and what Create was given there. Nobody holds the run's lock then.
func Adopt(runs, runID string, lines []byte, files map[string][]byte) (dir string, err error) {
	if err := checkNew(runID, []byte("null"), files); err != nil {
		return "", err
	}
	dir, err = filepath.Abs(filepath.Join(runs, runID))
	if err != nil {
		return "", err
	}
	if err := makeDirs(filepath.Dir(dir)); err != nil {
		return "", &CreateError{dir, err}
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".new-"+runID+"-")
	if err == nil {
		err = furnish(tmp, lines, files)
	}
	if err == nil {
		err = publish(tmp, dir)
	}
	if err != nil {
		return "", errors.Join(&CreateError{dir, err}, os.RemoveAll(tmp))
	}
	return dir, nil
}

func furnish(dir string, lines []byte, files map[string][]byte) error {
	for name, content := range files {
		if err := writeSynced(filepath.Join(dir, name), content); err != nil {
			return err
		}
	}
	if err := os.Mkdir(filepath.Join(dir, inboxName), dirMode); err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(dir, fileName), lines); err != nil {
		return err
	}
	return syncDir(dir)
}
