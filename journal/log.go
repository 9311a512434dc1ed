package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Log is an open, exclusively locked journal: the only writer of its run. Its
// methods may be called from several goroutines.
type Log struct {
	dir  string
	file *os.File
	lock *os.File

	mu  sync.Mutex
	at  position // after the last committed record
	err error    // the first failure, or that of being closed
}

// Open locks a run's journal for appending and returns what is committed in it,
// the header first. A tail of at most one batch is cut off, and cut says what
// was lost with it, for the caller to log.
//
// Errors: [*LockedError] when another process has the run, [*CorruptError] when
// the file is damaged, [*FormatError] when a later version wrote it, one that
// wraps [fs.ErrNotExist] when dir holds no run.
func Open(dir string) (l *Log, records [][]byte, cut Cut, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, nil, Cut{}, fmt.Errorf("open run: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, fileName), os.O_RDWR, 0)
	if err != nil {
		return nil, nil, Cut{}, fmt.Errorf("open run: %w", err)
	}
	held, err := lock(dir)
	if err != nil {
		return nil, nil, Cut{}, errors.Join(err, file.Close())
	}
	l = &Log{dir: dir, file: file, lock: held}
	records, cut, err = l.recover()
	if err != nil {
		return nil, nil, Cut{}, errors.Join(err, l.Close())
	}
	return l, records, cut, nil
}

// recover reads what is committed and cuts the rest.
func (l *Log) recover() (records [][]byte, cut Cut, err error) {
	found, err := scanFile(l.file, func(batch [][]byte) bool {
		records = append(records, batch...)
		return true
	})
	if err == nil {
		err = found.damage()
	}
	if err == nil {
		err = makeDirs(filepath.Join(l.dir, inboxName)) // copies of a run lack empty folders
	}
	if err == nil && found.cut.Bytes > 0 {
		err = l.file.Truncate(found.end.size)
	}
	// Also without a cut: the last writer may have died between write and sync,
	// and what its caller never acted on is acted on from here.
	if err == nil {
		err = syncData(l.file)
	}
	l.at = found.end
	return records, found.cut, err
}

// Append adds one batch, all of it or nothing, and returns when it is on disk:
// one write, one fdatasync, whatever the number of records. Each record is one
// JSON value on one line, of at most MaxRecord bytes; the batch takes at most
// MaxBatch bytes in the file. A batch of none does nothing.
//
// After an error nothing of the batch counts as written, and the log is
// unusable: every later call returns that error. Close it and Open again, which
// finds what is really on disk.
func (l *Log) Append(batch ...[]byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil || len(batch) == 0 {
		return l.err
	}
	l.err = l.append(batch)
	return l.err
}

func (l *Log) append(batch [][]byte) error {
	for i, rec := range batch {
		if err := checkRecord(rec); err != nil {
			return fmt.Errorf("append to %s: record %d of the batch: %w", l.dir, i+1, err)
		}
	}
	lines, after := l.at.appendBatch(nil, batch)
	if len(lines) > MaxBatch {
		return fmt.Errorf("append to %s: %w: a batch of %d bytes, more than %d", l.dir, ErrRecord, len(lines), MaxBatch)
	}
	_, err := l.file.WriteAt(lines, l.at.size)
	if err == nil {
		err = syncData(l.file)
	}
	if err != nil {
		return fmt.Errorf("append to %s: %w: what was logged before is kept; resume the run when the disk can take it",
			l.dir, errors.Join(err, l.rewind()))
	}
	l.at = after
	return nil
}

// rewind takes a failed batch off the file again. Should that fail as well, the
// next Open does it.
func (l *Log) rewind() error {
	return errors.Join(l.file.Truncate(l.at.size), syncData(l.file))
}

// Len is the number of committed records, the header included.
func (l *Log) Len() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at.seq
}

// Sum is the sum of the last committed record, 64 hex digits: the fingerprint
// of the run so far.
func (l *Log) Sum() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at.sum
}

// Dir is the run's folder, as an absolute path.
func (l *Log) Dir() string { return l.dir }

// Close releases the run. A second Close does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.err, os.ErrClosed) {
		return nil
	}
	if l.err = os.ErrClosed; l.file == nil {
		return unlock(l.lock)
	}
	return errors.Join(l.file.Close(), unlock(l.lock))
}

// usable returns the error that made the log unusable.
func (l *Log) usable() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
