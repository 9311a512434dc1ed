package journal

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
)

// Cut is the unfinished tail of a journal: what Open cuts and readers ignore.
// It is zero where there was none.
type Cut struct {
	Bytes   int64
	Records int64  // lines begun in it, a torn one included
	Reason  string // why the chain does not reach further
	// Marked: the tail still shows a commit mark, at its end. A crash tears a
	// batch at its end as a rule, so this one was rather committed in full and
	// damaged later: steps may have begun on the strength of it.
	Marked bool
}

// claim is how any line of format 1 begins, intact or not.
var claim = regexp.MustCompile(`"seq":([0-9]+),"batch":([0-9]+),("commit":true,)?"sum":"`)

// judgeTail says what a cut at end would take away: zero when the tail is more
// than one unfinished batch, and the fault's reason then says why.
func judgeTail(src io.ReaderAt, size int64, end position, fault *CorruptError) (Cut, error) {
	if end.seq == 0 {
		return Cut{}, nil // without a header there is no run
	}
	if size-end.size > MaxBatch {
		fault.Reason += "; what follows is longer than a batch"
		return Cut{}, nil
	}
	tail := make([]byte, size-end.size)
	if n, err := src.ReadAt(tail, end.size); n < len(tail) {
		return Cut{}, err
	}
	marked, witness := inspect(tail, end.batch+1)
	if witness != "" {
		fault.Reason += "; " + witness
		return Cut{}, nil
	}
	records := bytes.Count(tail, []byte{'\n'})
	if !bytes.HasSuffix(tail, []byte{'\n'}) {
		records++
	}
	return Cut{Bytes: int64(len(tail)), Records: int64(records), Reason: fault.Reason, Marked: marked}, nil
}

// inspect looks for witnesses of a later batch. It searches the bytes, not the
// lines: the newline between two batches may be what is damaged.
func inspect(tail []byte, batch int64) (marked bool, witness string) {
	want := strconv.FormatInt(batch, 10)
	for _, m := range claim.FindAllSubmatchIndex(tail, -1) {
		if got := string(tail[m[4]:m[5]]); got != want {
			return marked, "what follows belongs to batch " + got
		}
		if m[6] < 0 {
			continue
		}
		marked = true
		if eol := bytes.IndexByte(tail[m[1]:], '\n'); eol >= 0 && m[1]+eol+1 < len(tail) {
			return marked, "more follows its batch's commit mark"
		}
	}
	return marked, ""
}

var formatMark = regexp.MustCompile(`^\{"format":([0-9]{1,9})[,}]`)

// checkFormat refuses a file of a newer format, whatever else it looks like.
func checkFormat(src io.ReaderAt, path string) error {
	var first [32]byte
	n, err := src.ReadAt(first[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	m := formatMark.FindSubmatch(first[:n])
	if m == nil {
		return nil
	}
	if format, _ := strconv.ParseInt(string(m[1]), 10, 64); format > Format {
		return &FormatError{Path: path, Format: format}
	}
	return nil
}
