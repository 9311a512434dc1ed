package journal

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// Read returns the committed records of a run, the header first. It neither
// writes nor locks: the run may be live, and an unfinished batch at the end is
// left out. Damage is a [*CorruptError]; the records before it are returned too.
func Read(dir string) ([][]byte, error) {
	var all [][]byte
	for rec, err := range Records(dir) {
		if err != nil {
			return all, err
		}
		all = append(all, rec)
	}
	return all, nil
}

// Records is Read as a stream: each record once its batch's commit mark is
// reached, at last the error if there is one. A record is the caller's to keep.
func Records(dir string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		found, err := scanDir(dir, func(batch [][]byte) bool {
			for _, rec := range batch {
				if !yield(rec, nil) {
					return false
				}
			}
			return true
		})
		if errors.Is(err, errStop) {
			return
		}
		if err == nil {
			err = found.damage()
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// Verification is what a journal's bytes prove.
type Verification struct {
	Records int64  // committed, reached by an unbroken chain, the header included
	Bytes   int64  // length of that intact prefix
	Sum     string // of its last record: the run's fingerprint; empty without records
	Closed  bool   // its last record is a closing one

	// Fault is the first line that does not belong to the intact prefix, an
	// unfinished batch's included; nil when all of the file does.
	Fault *CorruptError
	// Tail is what a resume would cut; zero beside a Fault means that it would refuse.
	Tail Cut
}

// OK reports a journal that is intact to its last byte, and closed.
func (v Verification) OK() bool { return v.Fault == nil && v.Closed }

// Verify checks a journal and never writes. isClosing tells a closing record
// from others. The error says that the file could not be read, or is of a newer
// format; damage is in the result.
func Verify(dir string, isClosing func(rec []byte) bool) (Verification, error) {
	var last []byte
	found, err := scanDir(dir, func(batch [][]byte) bool {
		last = batch[len(batch)-1]
		return true
	})
	return found.verification(last, isClosing), err
}

// Line is one line of an unbroken chain.
type Line struct {
	Record int64  // its number, from 1: the header
	End    int64  // bytes of the file up to its end
	Sum    string // it depends on every byte up to here
	Body   []byte // the record
}

// VerifyBytes is Verify of a journal that lies elsewhere than in a run's folder;
// name is what faults call it. seen, where it is not nil, gets every line that the
// chain reaches, an unfinished batch's too.
func VerifyBytes(src io.ReaderAt, size int64, name string, isClosing func(rec []byte) bool, seen func(Line)) (Verification, error) {
	var last []byte
	found, err := scanLines(src, size, name, seen, func(batch [][]byte) bool {
		last = batch[len(batch)-1]
		return true
	})
	return found.verification(last, isClosing), err
}

func (s scanned) verification(last []byte, isClosing func(rec []byte) bool) Verification {
	v := Verification{Records: s.end.seq, Bytes: s.end.size, Fault: s.fault, Tail: s.cut}
	if last != nil {
		v.Sum, v.Closed = s.end.sum, isClosing(last)
	}
	return v
}

// SumAt is the sum of a record of the run in dir, and empty where its committed
// records do not reach that far.
func SumAt(dir string, record int64) (sum string, err error) {
	f, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		return "", fmt.Errorf("read run: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	committed := int64(0)
	note := func(l Line) {
		if l.Record == record {
			sum = l.Sum
		}
	}
	_, err = scanLines(f, info.Size(), f.Name(), note, func(batch [][]byte) bool {
		committed += int64(len(batch))
		return committed < record
	})
	if committed < record {
		sum = ""
	}
	if errors.Is(err, errStop) {
		err = nil
	}
	return sum, err
}

// List returns the ids of the runs in a folder, newest first, which is by name,
// downwards. What is not a run is skipped; a folder that is not there has none.
func List(runs string) ([]string, error) {
	entries, err := os.ReadDir(runs)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if CheckRunID(e.Name()) == nil && isRun(filepath.Join(runs, e.Name())) {
			ids = append(ids, e.Name())
		}
	}
	slices.Reverse(ids) // ReadDir sorts
	return ids, nil
}

func isRun(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, fileName))
	return err == nil && info.Mode().IsRegular()
}

func scanDir(dir string, yield func([][]byte) bool) (scanned, error) {
	f, err := os.Open(filepath.Join(dir, fileName))
	if err != nil {
		return scanned{}, fmt.Errorf("read run: %w", err)
	}
	defer f.Close()
	return scanFile(f, yield)
}

// scanFile scans a file up to the length that it has now: of a run that grows
// meanwhile, that is a prefix.
func scanFile(f *os.File, yield func([][]byte) bool) (scanned, error) {
	info, err := f.Stat()
	if err != nil {
		return scanned{}, err
	}
	if !info.Mode().IsRegular() {
		return scanned{}, fmt.Errorf("read run: %s is not a regular file", f.Name())
	}
	return scan(f, info.Size(), f.Name(), yield)
}
