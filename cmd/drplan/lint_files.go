package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"
	"go.yaml.in/yaml/v4"

	"github.com/drplan/drplan/lint"
	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps"
)

// planFiles lists the files that arguments name: folders and patterns opened, each
// file once. Without arguments it is the plan in the current folder.
func (a *app) planFiles(args []string) ([]string, error) {
	if len(args) == 0 {
		return []string{defaultPlan}, nil
	}
	var out []string
	for _, arg := range args {
		found, err := expand(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range found {
			if !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out, nil
}

func expand(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case arg == "-" || err == nil && !info.IsDir():
		return []string{arg}, nil
	case err == nil:
		return yamlBelow(arg)
	case !strings.ContainsAny(arg, "*?[{"):
		return []string{arg}, nil // reading it says what is wrong
	}
	found, err := doublestar.FilepathGlob(arg, doublestar.WithFilesOnly())
	if err != nil {
		return nil, usage(fmt.Errorf("%q is no pattern: %w", arg, err), "such as 'plans/**/*.yaml'")
	}
	if len(found) == 0 {
		return nil, cannot(fmt.Errorf("no file matches %s", arg), "name a plan or a folder of plans")
	}
	return found, nil
}

// yamlBelow lists the YAML files of a folder at any depth; those of hidden folders
// and of dependencies are nobody's plans.
func yamlBelow(dir string) (out []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		name := e.Name()
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != dir && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor"):
			return fs.SkipDir
		case e.Type().IsRegular() && (strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")):
			out = append(out, path)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = cannot(fmt.Errorf("there is no YAML file in %s", dir), "name a plan, or write a first one with: drplan init")
	}
	return out, err
}

var topLevelKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^[{ ]*["']?([A-Za-z_][A-Za-z0-9_-]*)["']?[ \t]*:`)
})

// planKey is the key that all of a plan stands below.
const planKey = "disaster_recovery_plan"

// isPlan reports whether a file is a plan, or was meant to be one: it has the plan's
// key, or nearly. Where the text alone does not tell, the tree does; what cannot be
// read as YAML and has the word in it is somebody's plan.
func isPlan(data []byte) bool {
	if looksLikePlan(data) {
		return true
	}
	if !bytes.Contains(data, []byte(planKey)) {
		return false
	}
	tree, err := plans.LoadTree("", data)
	if err != nil || tree.Root.Kind != yaml.MappingNode {
		return err != nil
	}
	for i := 0; i < len(tree.Root.Content); i += 2 {
		if tree.Root.Content[i].Value == planKey {
			return true
		}
	}
	return false
}

// looksLikePlan finds the key at the beginning of a line.
func looksLikePlan(data []byte) bool {
	for _, m := range topLevelKey().FindAllSubmatchIndex(data, -1) {
		indented := data[m[0]] == ' '
		key := string(data[m[2]:m[3]])
		if !indented && steps.Nearest(key, []string{planKey}) != "" {
			return true
		}
	}
	return false
}

// configs finds each plan's configuration; it is asked by several goroutines.
type configs struct {
	flag   string
	mu     sync.Mutex
	loaded map[string]*lint.Config
	failed map[string]error
}

// of is the configuration of a plan: that of --config, else the nearest one above
// it; nil where there is none.
func (c *configs) of(plan string) (*lint.Config, error) {
	path := c.flag
	if path == "" {
		path = configAbove(plan)
	}
	if path == "" {
		return nil, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded == nil {
		c.loaded, c.failed = map[string]*lint.Config{}, map[string]error{}
	}
	if _, done := c.loaded[path]; !done {
		c.loaded[path], c.failed[path] = readConfig(path)
	}
	return c.loaded[path], c.failed[path]
}

func readConfig(path string) (*lint.Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, cannot(err, "name a configuration with --config, or leave it out")
	}
	cfg, err := lint.LoadConfig(path, data)
	if err != nil {
		return nil, cannot(err, "drplan schema --config prints what it may hold")
	}
	return cfg, nil
}

// configAbove looks in the plan's folder and in those above it.
func configAbove(plan string) string {
	dir, err := filepath.Abs(filepath.Dir(plan))
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, lint.ConfigName)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		return ""
	}
}
