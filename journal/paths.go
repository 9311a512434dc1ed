package journal

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

const (
	fileName  = "journal.jsonl"
	lockName  = "lock"
	inboxName = "inbox"

	fileMode = 0o600
	dirMode  = 0o700
)

// runIDs is compiled at its first use: every command would pay for it otherwise.
var runIDs = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`) })

// CheckRunID says whether a run id can be a folder's name on any system:
// letters, digits, dot, dash and underscore, at most 128, no dot or dash first.
func CheckRunID(id string) error {
	if !runIDs().MatchString(id) {
		return fmt.Errorf("%w: %q: use up to 128 letters, digits, '.', '-', '_', the first a letter or a digit", ErrRunID, id)
	}
	return nil
}

// DefaultRuns is the folder that holds the runs: $DRPLAN_RUNS, else drplan/runs
// in $XDG_STATE_HOME, else in ~/.local/state. As the XDG Base Directory
// Specification demands, a relative $XDG_STATE_HOME is ignored.
func DefaultRuns() string {
	if dir := os.Getenv("DRPLAN_RUNS"); dir != "" {
		return dir
	}
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		state = filepath.Join(home(), ".local", "state")
	}
	return filepath.Join(state, "drplan", "runs")
}

// home works without $HOME too, as under a bare systemd unit.
func home() string {
	if dir, err := os.UserHomeDir(); err == nil {
		return dir
	}
	if u, err := user.Current(); err == nil && u.HomeDir != "" {
		return u.HomeDir
	}
	return "."
}

// checkExtra refuses files that would be taken for the journal's own.
func checkExtra(name string) error {
	switch {
	case name == "" || name[0] == '.' || name != filepath.Base(name) || !filepath.IsLocal(name):
		return fmt.Errorf("file %q: use a plain name without a leading dot", name)
	case strings.HasPrefix(name, "journal") || name == lockName || name == inboxName:
		return fmt.Errorf("file %q: the name is taken by the journal", name)
	}
	return nil
}

// makeDirs is os.MkdirAll that syncs the parent of every folder that it makes,
// so that a run cannot vanish with the folder above it.
func makeDirs(dir string) error {
	err := os.Mkdir(dir, dirMode)
	if os.IsNotExist(err) {
		if err = makeDirs(filepath.Dir(dir)); err == nil {
			err = os.Mkdir(dir, dirMode)
		}
	}
	if os.IsExist(err) {
		return nil // if it is no folder, the next thing done in it fails
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
