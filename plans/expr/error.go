package expr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error says what is wrong with a template, and where.
type Error struct {
	Offset int    // in bytes of the template
	Length int    // in bytes; at least 1 unless the template ends there
	Msg    string // lower-case, without a full stop
	Hint   string // what to do about it; may be empty
}

func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Msg
	}
	return e.Msg + ": " + e.Hint
}

// problem is an Error that does not know yet where it is.
type problem struct{ msg, hint string }

func (p *problem) at(offset, length int) *Error {
	return &Error{Offset: offset, Length: length, Msg: p.msg, Hint: p.hint}
}

// maxListed bounds the names that a hint lists.
const maxListed = 12

// known is the hint for a name that is not among names: the nearest one, and
// then what there is.
func known(name string, names []string) string {
	if len(names) == 0 {
		return "there are none"
	}
	slices.Sort(names)
	list := names
	if len(list) > maxListed {
		list = list[:maxListed]
	}
	hint := "there is " + strings.Join(list, ", ")
	if more := len(names) - len(list); more > 0 {
		hint += fmt.Sprintf(" and %d more", more)
	}
	if near, ok := nearest(name, names); ok {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return hint
}

// nearest returns the name with the least edit distance, if that is at most a
// third of the name, or one edit.
func nearest(name string, names []string) (string, bool) {
	if len(names) == 0 {
		return "", false
	}
	best := slices.MinFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(name, a), distance(name, b)), strings.Compare(a, b))
	})
	return best, distance(name, best) <= max(1, len(name)/3)
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
