package plans

import (
	"fmt"
	"strings"

	"github.com/drplan/drplan/steps"
)

// didYouMean is the hint for a name that is not among the known ones: the
// nearest of them, else all of them where they are few.
func didYouMean(name string, known []string) string {
	if near := steps.Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	const few = 24
	switch n := len(known); {
	case n == 0:
		return ""
	case n == 1:
		return fmt.Sprintf("there is only %q", known[0])
	case n > few:
		return fmt.Sprintf("there are %d to choose from, such as %s", n, listed(known[:few]))
	}
	return "there are " + listed(known)
}

// listed joins names for a message: a, b and c.
func listed(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
