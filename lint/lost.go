package lint

import (
	"regexp"
	"strings"
	"sync"
)

// lost is why a command's failure is nobody's, and in ignored-failure what to do about it.
type lost string

const (
	lostBySet   lost = "take `set +e` away; where a failure is expected, say so behind the one command: `cmd || test $? = 3`"
	lostInShell lost = "begin the script with `set -e`: a shell that is started with `-c`, or by ssh, goes on behind a command that fails"
	lostInIf    lost = "end the branch where it failed with `exit 1`"
	lostBehind  lost = "leave `&` out, or `wait` for its process: nobody asks what runs in the background how it ended"
)

// setsErrexit finds set -e, alone or among other flags, and set -o errexit.
var setsErrexit = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bset -([a-z]*e|.*errexit)`) })

// exitsOnError reports whether a shell's flags make it end with the first command that fails.
func exitsOnError(words []string) bool {
	for _, w := range words[1:] {
		if w == "errexit" || strings.HasPrefix(w, "-") && !strings.HasPrefix(w, "--") && strings.Contains(w, "e") {
			return true
		}
	}
	return false
}
