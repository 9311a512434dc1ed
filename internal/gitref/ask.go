package gitref

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"time"
)

// patience bounds what git may take: in a huge work tree a run must not wait for it.
const patience = 3 * time.Second

// askHead is the commit that is checked out, as git has it.
func askHead(ctx context.Context, root string) string {
	out, err := git(ctx, root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil {
		return ""
	}
	return hash(strings.TrimSpace(out))
}

// dirty asks git whether what it follows differs from the commit, or whether it does
// not follow the file at all. What lies about beside that does not count.
func dirty(ctx context.Context, root, rel string) *bool {
	_, err := git(ctx, root, "ls-files", "--error-unmatch", "--", rel)
	if code := (*exec.ExitError)(nil); errors.As(err, &code) && code.ExitCode() == 1 {
		return ptr(true)
	}
	if err != nil {
		return nil
	}
	changed, err := git(ctx, root, "status", "--porcelain", "--untracked-files=no")
	if err != nil {
		return nil
	}
	return ptr(changed != "")
}

// git runs git, which takes no lock, asks nobody, and runs nothing that the
// repository's configuration names for looking at files.
func git(ctx context.Context, root string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", root, "-c", "core.fsmonitor=false"}, args...)...)
	cmd.Env = append(environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	return string(out), err
}

// environ is the environment without what would lead git to another repository, as a
// hook of git has it.
func environ() []string {
	var out []string
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "GIT_DIR=") && !strings.HasPrefix(pair, "GIT_WORK_TREE=") && !strings.HasPrefix(pair, "GIT_INDEX_FILE=") {
			out = append(out, pair)
		}
	}
	return out
}

func ptr(b bool) *bool { return &b }
