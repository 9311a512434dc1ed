package local

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"sync"
)

// plainName is compiled at its first use: every command would pay for it otherwise.
var plainName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(\[[A-Za-z0-9_.-]{1,60}\])?$`)
})

// safeName turns a step's name with its key into a folder's name. Keys are
// people's text: what is not plain is named by its digest.
func safeName(step string) string {
	if plainName().MatchString(step) {
		return step
	}
	sum := sha256.Sum256([]byte(step))
	node, _ := SplitStep(step)
	return node + "-" + hex.EncodeToString(sum[:8])
}

// lazyFile is made when something is first written to it: most steps say
// nothing, and a file for each of 1,000 steps costs the disk more than their events.
type lazyFile struct {
	path string
	file *os.File
}

func (f *lazyFile) Write(p []byte) (n int, err error) {
	if f.file == nil {
		f.file, err = os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return 0, err
		}
	}
	return f.file.Write(p)
}

func (f *lazyFile) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
