package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format is the newest layout that this package reads, and the one it writes.
const Format = 1

// Limits, so that a damaged file cannot ask for memory without end.
const (
	MaxRecord = 16 << 20 // bytes of one record
	MaxBatch  = 64 << 20 // bytes of one batch in the file
)

const sumLen = 2 * sha256.Size // a sum as hex

// genesis stands for the sum of the line before the first.
var genesis = strings.Repeat("0", sumLen)

// position is a place between two lines of an unbroken chain.
type position struct {
	seq   int64  // records before it
	batch int64  // batches begun before it
	size  int64  // bytes before it
	sum   string // of the line before it
}

func start() position { return position{sum: genesis} }

// head is what the next line begins with, up to its sum.
func (p position) head(batch int64, commit bool) []byte {
	b := make([]byte, 0, 80)
	b = append(b, '{')
	if p.seq == 0 {
		b = append(b, `"format":`...)
		b = strconv.AppendInt(b, Format, 10)
		b = append(b, ',')
	}
	b = append(b, `"seq":`...)
	b = strconv.AppendInt(b, p.seq+1, 10)
	b = append(b, `,"batch":`...)
	b = strconv.AppendInt(b, batch, 10)
	if commit {
		b = append(b, `,"commit":true`...)
	}
	return append(b, `,"sum":"`...)
}

const (
	afterSum = `","rec":`
	lineEnd  = `}`
)

// chain is the sum of a line: head and rest are the line without its own sum.
func chain(prev string, head, rest []byte) string {
	h := sha256.New()
	h.Write([]byte(prev))
	h.Write(head)
	h.Write(rest)
	return hex.EncodeToString(h.Sum(nil))
}

// appendBatch appends the lines of one batch to buf and returns the position
// after its commit mark.
func (p position) appendBatch(buf []byte, records [][]byte) ([]byte, position) {
	batch, from := p.batch+1, len(buf)
	size := p.size
	for i, rec := range records {
		head := p.head(batch, i == len(records)-1)
		rest := wrap(rec)
		p.sum = chain(p.sum, head, rest)
		p.seq++
		buf = append(buf, head...)
		buf = append(buf, p.sum...)
		buf = append(buf, rest...)
		buf = append(buf, '\n')
	}
	p.batch, p.size = batch, size+int64(len(buf)-from)
	return buf, p
}

// wrap puts around a record what follows a line's sum.
func wrap(rec []byte) []byte {
	out := make([]byte, 0, len(afterSum)+len(rec)+len(lineEnd))
	out = append(out, afterSum...)
	out = append(out, rec...)
	return append(out, lineEnd...)
}

// link is one line of the chain, taken apart.
type link struct {
	rec    []byte
	commit bool
	after  position
}

// next checks a line (without its newline) against the position; every byte of
// it is either compared or summed. The reason says why it is not the next line.
func (p position) next(line []byte, batch int64) (l link, reason string) {
	head := p.head(batch, true)
	if l.commit = bytes.HasPrefix(line, head); !l.commit {
		head = p.head(batch, false)
	}
	if !bytes.HasPrefix(line, head) {
		return l, p.misplaced(line, batch)
	}
	rest := line[len(head):]
	if len(rest) < sumLen+len(afterSum)+len(lineEnd) {
		return l, "the line is too short"
	}
	sum, rest := string(rest[:sumLen]), rest[sumLen:]
	if chain(p.sum, head, rest) != sum {
		return l, "the sum does not match this line and the one before it"
	}
	if l.rec = unwrap(rest); l.rec == nil {
		return l, "the line is not laid out as a record"
	}
	if err := checkRecord(l.rec); err != nil {
		return l, err.Error()
	}
	l.after = position{seq: p.seq + 1, batch: batch, size: p.size + int64(len(line)) + 1, sum: sum}
	return l, ""
}

// unwrap undoes wrap; nil when nothing is wrapped.
func unwrap(rest []byte) []byte {
	rec, ok := bytes.CutPrefix(rest, []byte(afterSum))
	if !ok {
		return nil
	}
	rec, ok = bytes.CutSuffix(rec, []byte(lineEnd))
	if !ok {
		return nil
	}
	return rec
}

// misplaced says why a line's beginning is not the expected one.
func (p position) misplaced(line []byte, batch int64) string {
	m := claim.FindSubmatchIndex(line)
	if m == nil || m[0] > len(`{"format":1`) {
		return "the line does not begin as a record"
	}
	seq, got := string(line[m[2]:m[3]]), string(line[m[4]:m[5]])
	if want := strconv.FormatInt(p.seq+1, 10); seq != want {
		return fmt.Sprintf("sequence number %s where %s belongs", seq, want)
	}
	if want := strconv.FormatInt(batch, 10); got != want {
		return fmt.Sprintf("batch %s where %s belongs", got, want)
	}
	return "the line does not begin as a record"
}

// checkRecord refuses what would not come back byte for byte from a file of lines.
func checkRecord(rec []byte) error {
	switch {
	case len(rec) > MaxRecord:
		return fmt.Errorf("%w: %d bytes, more than %d", ErrRecord, len(rec), MaxRecord)
	case bytes.ContainsAny(rec, "\r\n"):
		return fmt.Errorf("%w: it spans lines, compact it first", ErrRecord)
	case !utf8.Valid(rec):
		return fmt.Errorf("%w: it is not UTF-8", ErrRecord)
	case !json.Valid(rec):
		return fmt.Errorf("%w: it is not one JSON value", ErrRecord)
	}
	return nil
}
