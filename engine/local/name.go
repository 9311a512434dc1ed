package local

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"sync"
)

// plainName is compiled at its first use: every command would pay for it otherwise.
var plainName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(\[[A-Za-z0-9_.-]{1,60}\])?$`)
})

// longestNode is how many bytes of a step's id stay in a folder's name: an id without
// an end, which a step's name makes, would be refused by the file system.
const longestNode = 100

// safeName turns a step's name with its key into a folder's name. Keys are
// people's text: what is not plain is named by its digest.
func safeName(step string) string {
	if plainName().MatchString(step) {
		return step
	}
	sum := sha256.Sum256([]byte(step))
	node, _ := SplitStep(step)
	return node[:min(len(node), longestNode)] + "-" + hex.EncodeToString(sum[:8])
}
