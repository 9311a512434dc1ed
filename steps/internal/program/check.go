package program

import (
	"strings"

	"github.com/drplan/drplan/steps"
)

// Check is the preflight check "program" of what is to be executed; none as long as
// its name is not known. One that is named by a path may be made by an earlier step.
func Check(argv []string, dir string, env []string) []steps.Check {
	if len(argv) == 0 || argv[0] == "" {
		return nil
	}
	path, err := Find(argv[0], dir, env)
	return []steps.Check{{Name: "program", Err: err, Message: path, Defer: err != nil && strings.Contains(argv[0], "/"), Lacks: steps.File}}
}
