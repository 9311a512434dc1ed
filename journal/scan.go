package journal

import (
	"bufio"
	"errors"
	"io"
)

// scanned is what a scan found out. fault is nil when every byte is committed;
// beside a cut it says where the tail breaks off.
type scanned struct {
	end   position // after the last reachable commit mark
	cut   Cut
	fault *CorruptError
}

// damage is the fault, unless it is no more than an unfinished tail.
func (s scanned) damage() error {
	if s.fault == nil || s.cut.Bytes > 0 {
		return nil
	}
	return s.fault
}

// scanner walks the chain line by line.
type scanner struct {
	src     io.ReaderAt
	size    int64
	path    string
	lines   *lineReader
	at      position // after the last good line
	pending [][]byte // records of the batch that has no commit mark yet
	found   scanned
	seen    func(Line) // every line of the chain, committed or not; nil: nobody looks
}

// errStop is returned by scan when yield wants no more.
var errStop = errors.New("stopped by the reader")

// scan reads a journal of size bytes and yields each batch once its commit mark
// is reached. The error is that of reading, or of a newer format, or errStop;
// damage is part of the result.
func scan(src io.ReaderAt, size int64, path string, yield func(batch [][]byte) bool) (scanned, error) {
	return scanLines(src, size, path, nil, yield)
}

func scanLines(src io.ReaderAt, size int64, path string, seen func(Line), yield func(batch [][]byte) bool) (scanned, error) {
	if err := checkFormat(src, path); err != nil {
		return scanned{end: start()}, err
	}
	in := bufio.NewReaderSize(io.NewSectionReader(src, 0, size), int(min(size+1, 64<<10)))
	s := &scanner{src: src, size: size, path: path, lines: &lineReader{in: in}, at: start(), seen: seen}
	s.found.end = s.at
	for {
		done, err := s.step(yield)
		if done || err != nil {
			return s.found, err
		}
	}
}

// step takes one line.
func (s *scanner) step(yield func([][]byte) bool) (done bool, err error) {
	line, reason, err := s.lines.next()
	switch {
	case err == io.EOF && s.at.seq == 0:
		return true, s.stopAt("the header is missing")
	case err == io.EOF && len(s.pending) > 0:
		return true, s.stopAt("the batch has no commit mark")
	case err == io.EOF:
		return true, nil
	case err != nil:
		return true, err
	case reason != "":
		return true, s.stopAt(reason)
	}
	l, reason := s.at.next(line, s.found.end.batch+1)
	if reason != "" {
		return true, s.stopAt(reason)
	}
	s.at, s.pending = l.after, append(s.pending, l.rec)
	if s.seen != nil {
		s.seen(Line{Record: l.after.seq, End: l.after.size, Sum: l.after.sum, Body: l.rec})
	}
	if !l.commit {
		return false, nil
	}
	batch := s.pending
	s.found.end, s.pending = s.at, nil
	if !yield(batch) {
		return true, errStop
	}
	return false, nil
}

// stopAt records the first fault and judges what lies behind the last commit mark.
func (s *scanner) stopAt(reason string) (err error) {
	s.found.fault = &CorruptError{Path: s.path, Line: s.at.seq + 1, Offset: s.at.size, Reason: reason}
	s.found.cut, err = judgeTail(s.src, s.size, s.found.end, s.found.fault)
	return err
}

// lineReader splits a file into lines without trusting it to have any.
type lineReader struct{ in *bufio.Reader }

// maxLine is more than a record of MaxRecord needs with all that surrounds it.
const maxLine = MaxRecord + 256

// next returns a line of its own memory, without the newline, or the reason why
// there is none; io.EOF at the end.
func (r *lineReader) next() (line []byte, reason string, err error) {
	for {
		part, err := r.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, "the line is longer than any record", nil
		case err == nil:
			return line[:len(line)-1], "", nil
		case err == io.EOF && len(line) > 0:
			return nil, "the line has no end", nil
		case err != bufio.ErrBufferFull:
			return nil, "", err
		}
	}
}
