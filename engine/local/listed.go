package local

import (
	"strings"

	"github.com/hashicorp/go-multierror"
)

// listed gathers errors that are told in one line.
type listed struct{ all *multierror.Error }

func (l *listed) add(err error) {
	l.all = multierror.Append(l.all, err)
	l.all.ErrorFormat = inOneLine
}

// orNil is nil where there are none.
func (l *listed) orNil() error { return l.all.ErrorOrNil() }

func inOneLine(all []error) string {
	texts := make([]string, len(all))
	for i, err := range all {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}
