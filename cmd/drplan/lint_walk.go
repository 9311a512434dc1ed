package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/drplan/drplan/lint"
)

// planFile is a file to judge, or what kept us from finding some.
type planFile struct {
	path  string // as it is shown
	stdin bool
	named bool   // by its own name, not in a folder or by a pattern
	bad   *fault // nothing is there to judge, and why
}

// planFiles lists the files that arguments name: folders and patterns opened, each
// file once whatever names lead to it. Without arguments it is the plan in the current
// folder. What cannot be looked at is listed too, and keeps nobody from the rest; the
// error is a pattern that is none.
func planFiles(args []string) ([]planFile, error) {
	if len(args) == 0 {
		return []planFile{{path: defaultPlan}}, nil
	}
	f := finder{seen: map[string]bool{}}
	for _, arg := range args {
		if err := f.argument(arg); err != nil {
			return nil, err
		}
	}
	return f.out, nil
}

// finder gathers files.
type finder struct {
	seen map[string]bool // real paths
	out  []planFile
}

func (f *finder) argument(arg string) error {
	if arg == "-" {
		if !f.seen["-"] { // no real path is relative
			f.seen["-"] = true
			f.out = append(f.out, planFile{path: "stdin", stdin: true})
		}
		return nil
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		if f.below(arg, isYAML) == 0 {
			f.lost(arg, cannot(fmt.Errorf("there is no YAML file in %s", arg), "name a plan, or write a first one with: drplan init"))
		}
	case err == nil || !strings.ContainsAny(arg, "*?[{"):
		f.file(arg) // reading it says what is wrong
		if n := len(f.out); n > 0 && f.out[n-1].path == arg {
			f.out[n-1].named = true
		}
	default:
		return f.pattern(arg)
	}
	return nil
}

// file adds a file that people named.
func (f *finder) file(path string) {
	f.add(path, realPath(path))
}

func (f *finder) add(path, real string) {
	if !f.seen[real] {
		f.seen[real] = true
		f.out = append(f.out, planFile{path: path})
	}
}

// lost says that files below a path may be there and are not looked at.
func (f *finder) lost(path string, err error) {
	f.out = append(f.out, planFile{path: path, bad: asFault(err)})
}

// realPath is where a file is when all links are followed; of one that is not there
// what its name says.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// pattern adds the files that match one.
func (f *finder) pattern(pattern string) error {
	if !doublestar.ValidatePathPattern(pattern) {
		return usage(fmt.Errorf("%q is no pattern", pattern), "such as 'plans/**/*.yaml'")
	}
	n := 0
	if head, tail, deep := cutDeep(pattern); deep {
		n = f.deep(head, tail)
	} else {
		n = f.flat(pattern)
	}
	if n == 0 {
		f.lost(pattern, cannot(fmt.Errorf("no file matches %s", pattern), "name a plan or a folder of plans"))
	}
	return nil
}

// cutDeep cuts a pattern before its first `**`.
func cutDeep(pattern string) (head, tail string, deep bool) {
	parts := strings.Split(filepath.ToSlash(pattern), "/")
	at := slices.IndexFunc(parts, func(p string) bool { return strings.Contains(p, "**") })
	if at < 0 {
		return "", "", false
	}
	head = strings.Join(parts[:at], "/")
	if at == 1 && head == "" {
		head = "/"
	}
	return head, strings.Join(parts[at:], "/"), true
}

// flat adds what a pattern without `**` matches, and returns how many files it saw.
func (f *finder) flat(pattern string) (n int) {
	found, err := doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly())
	if err == nil {
		_, err = doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly(), doublestar.WithFailOnIOErrors())
	}
	for _, path := range found {
		if filepath.Base(path) != lint.ConfigName {
			n++
			f.file(path)
		}
	}
	if err != nil { // what could be listed was
		f.lost(pattern, err)
		n++
	}
	return n
}

// deep adds what a pattern's tail, which begins with `**`, matches below the folders
// that its head does.
func (f *finder) deep(head, tail string) (n int) {
	dirs := []string{"."}
	if head != "" {
		dirs, _ = doublestar.FilepathGlob(head) // a pattern that is none was refused
	}
	named := strings.Split(tail, "/")
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			continue
		}
		n += f.below(dir, func(rel string) bool {
			return doublestar.MatchUnvalidated(tail, filepath.ToSlash(rel))
		}, named...)
	}
	return n
}

func isYAML(rel string) bool {
	return strings.HasSuffix(rel, ".yaml") || strings.HasSuffix(rel, ".yml")
}

// below adds the files of a folder at any depth that are wanted, and returns how many
// there were, those that could not be seen among them. Hidden folders and those of
// dependencies hold nobody's plans, unless they are named. A link to a file is the
// file, listed under its own name if it has one here; links to folders are not
// followed: they lead to what is found anyhow, to itself, or out of the repository.
func (f *finder) below(dir string, wanted func(rel string) bool, named ...string) (n int) {
	root := realPath(dir)
	var links []string
	_ = filepath.WalkDir(root, func(real string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, real) // it is below it
		path := filepath.Join(dir, rel)
		switch {
		case err != nil:
			n++
			f.lost(path, cannot(fmt.Errorf("cannot look into %s: %w", path, cause(err)), "whoever runs drplan must be able to read it; the rest was judged"))
		case e.IsDir():
			if real != root && nobodys(e.Name()) && !slices.Contains(named, e.Name()) {
				return fs.SkipDir
			}
		case e.Name() == lint.ConfigName || !wanted(rel):
		case e.Type().IsRegular():
			n++
			f.add(path, real)
		case e.Type()&fs.ModeSymlink != 0:
			links = append(links, path)
		}
		return nil
	})
	for _, link := range links {
		if info, err := os.Stat(link); err != nil || info.Mode().IsRegular() {
			n++
			f.file(link)
		}
	}
	return n
}

func nobodys(folder string) bool {
	return strings.HasPrefix(folder, ".") || folder == "node_modules" || folder == "vendor"
}

// cause is an error without the path that a message names already.
func cause(err error) error {
	if p, ok := err.(*fs.PathError); ok {
		return p.Err
	}
	return err
}
