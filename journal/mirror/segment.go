package mirror

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
)

// segment is the name of some records of a journal, both ends included.
type segment struct{ first, last int64 }

func (s segment) name(run string) string {
	return path.Join(run, "journal", fmt.Sprintf("%08d-%08d.jsonl", s.first, s.last))
}

// wholeName is the name of a run's first records in one object.
func wholeName(run string, records int64) string {
	return path.Join(run, "whole", fmt.Sprintf("%08d.jsonl", records))
}

var segmentName = regexp.MustCompile(`/journal/([0-9]{8,18})-([0-9]{8,18})\.jsonl$`)

func parseSegment(name string) (s segment, ok bool) {
	m := segmentName.FindStringSubmatch(name)
	if m == nil {
		return s, false
	}
	var errs [2]error
	s.first, errs[0] = strconv.ParseInt(m[1], 10, 64)
	s.last, errs[1] = strconv.ParseInt(m[2], 10, 64)
	return s, errs[0] == nil && errs[1] == nil && s.first > 0 && s.last >= s.first
}

// follow puts segments in order, and refuses a gap or a fork.
func follow(run string, names []string) ([]segment, error) {
	var all []segment
	next := int64(1)
	for _, name := range names { // sorted, and so are their numbers
		s, ok := parseSegment(name)
		switch {
		case !ok:
			continue // not ours
		case s.first < next:
			return nil, fmt.Errorf("the copy of run %s: %s covers records that another segment has: two drivers have gone on with it; ask both operators", run, path.Base(name))
		case s.first > next:
			return nil, fmt.Errorf("the copy of run %s: records %d to %d are missing", run, next, s.first-1)
		}
		all = append(all, s)
		next = s.last + 1
	}
	return all, nil
}
