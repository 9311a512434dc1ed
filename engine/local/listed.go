package local

import "strings"

// listed are several errors, told in one line.
type listed []error

func (l listed) Error() string {
	texts := make([]string, len(l))
	for i, err := range l {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (l listed) Unwrap() []error { return l }

// orNil is nil where there are none.
func (l listed) orNil() error {
	if len(l) == 0 {
		return nil
	}
	return l
}
