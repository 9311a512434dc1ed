package lint

import (
	"fmt"
	"slices"

	"github.com/drplan/drplan/plans"
)

// Edit replaces whole lines of the document by text.
type Edit struct {
	From, To int    // lines, from 1; To is the first that stays
	Text     string // with the end of its last line; empty: the lines go
}

// Fix returns the document's bytes with the findings mended that can be. Of edits that
// overlap the first in the file is made: another look finds the rest. The result is
// a plan that loads, else the error says why nothing was done: a mended plan that
// does not load would be a defect of the rule.
func Fix(doc *plans.Document, found []Found) (mended []byte, n int, err error) {
	var edits []Edit
	for _, f := range found {
		if len(f.Fix) > 0 && apart(edits, f.Fix) {
			edits = append(edits, f.Fix...)
			n++
		}
	}
	mended = apply(doc.Bytes, edits)
	if _, err := plans.Load(doc.Path, mended); err != nil && doc.LoadErr() == nil {
		return doc.Bytes, 0, fmt.Errorf("the mended plan would not load, so nothing was changed; please report it: %w", err)
	}
	return mended, n, nil
}

// apart reports whether none of the new edits touches lines of the others.
func apart(edits, more []Edit) bool {
	for _, a := range edits {
		for _, b := range more {
			if a.From < b.To && b.From < a.To {
				return false
			}
		}
	}
	return true
}

func apply(data []byte, edits []Edit) []byte {
	edits = slices.SortedFunc(slices.Values(edits), func(a, b Edit) int { return a.From - b.From })
	lines := splitLines(data)
	var out []byte
	at := 1
	for _, e := range edits {
		out = appendLines(out, lines, at, e.From)
		out = append(out, e.Text...)
		at = e.To
	}
	return appendLines(out, lines, at, len(lines)+1)
}

func appendLines(out []byte, lines [][]byte, from, to int) []byte {
	for n := from; n < to && n <= len(lines); n++ {
		out = append(out, lines[n-1]...)
	}
	return out
}

// splitLines keeps the ends of lines.
func splitLines(data []byte) (lines [][]byte) {
	for len(data) > 0 {
		end := slices.Index(data, '\n') + 1
		if end == 0 {
			end = len(data)
		}
		lines, data = append(lines, data[:end]), data[end:]
	}
	return lines
}
