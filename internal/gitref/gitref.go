package gitref

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// Place is where in a repository a file comes from.
type Place struct {
	Commit string // that is checked out, hex
	Path   string // of the file in the work tree, with slashes
	Dirty  *bool  // the work tree differs from the commit, or the file is not in it; nil: nobody could tell
}

// Of finds the place of a file; false where it lies in no work tree, or there is no
// commit yet.
func Of(ctx context.Context, file string) (Place, bool) {
	file, err := filepath.Abs(file)
	if err == nil {
		file, err = filepath.EvalSymlinks(file)
	}
	if err != nil {
		return Place{}, false
	}
	root, dir, ok := find(filepath.Dir(file))
	if !ok {
		return Place{}, false
	}
	rel, err := filepath.Rel(root, file)
	commit := head(dir)
	if commit == "" {
		commit = askHead(ctx, root)
	}
	if err != nil || commit == "" {
		return Place{}, false
	}
	return Place{Commit: commit, Path: filepath.ToSlash(rel), Dirty: dirty(ctx, root, rel)}, true
}

// find looks for a work tree from a folder upwards; dir is what git calls $GIT_DIR.
func find(from string) (root, dir string, ok bool) {
	for root = from; ; root = filepath.Dir(root) {
		dir = filepath.Join(root, ".git")
		info, err := os.Stat(dir)
		switch {
		case err == nil && info.IsDir() && exists(filepath.Join(dir, "HEAD")):
			return root, dir, true
		case err == nil && info.Mode().IsRegular(): // a linked work tree, or a submodule
			to, named := strings.CutPrefix(line(dir), "gitdir: ")
			return root, within(root, to), named
		case root == filepath.Dir(root):
			return "", "", false
		}
	}
}

// head is the commit that is checked out; empty where this cannot be read, such as
// in a repository whose refs are in tables.
func head(dir string) string {
	text := line(filepath.Join(dir, "HEAD"))
	ref, symbolic := strings.CutPrefix(text, "ref: ")
	if !symbolic {
		return hash(text)
	}
	common := dir
	if to := line(filepath.Join(dir, "commondir")); to != "" {
		common = within(dir, to)
	}
	if !filepath.IsLocal(filepath.FromSlash(ref)) {
		return ""
	}
	for _, in := range []string{dir, common} {
		if commit := hash(line(filepath.Join(in, filepath.FromSlash(ref)))); commit != "" {
			return commit
		}
	}
	return packed(common, ref)
}

// packed finds a ref among those that git has put into one file.
func packed(common, ref string) string {
	data, err := os.ReadFile(filepath.Join(common, "packed-refs"))
	if err != nil {
		return ""
	}
	for text := range strings.Lines(string(data)) {
		commit, name, ok := strings.Cut(strings.TrimSpace(text), " ")
		if ok && name == ref {
			return hash(commit)
		}
	}
	return ""
}

// hashes are those of SHA-1 and of SHA-256.
var hashes = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`) })

func hash(text string) string {
	if hashes().MatchString(text) {
		return text
	}
	return ""
}

// maxLine bounds what is read of a file that should have one short line.
const maxLine = 4 << 10

func line(file string) string {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxLine {
		return ""
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(first)
}

func within(dir, to string) string {
	if filepath.IsAbs(to) {
		return to
	}
	return filepath.Join(dir, to)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
