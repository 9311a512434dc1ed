package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/drplan/drplan/lint"
)

// configs finds each plan's configuration; it is asked by several goroutines.
type configs struct {
	flag   string
	mu     sync.Mutex
	above  map[string]string // folder → the configuration that holds there
	loaded map[string]ruling
}

// ruling is a configuration that was read, or what is wrong with it: its plans are
// then judged as if there were none.
type ruling struct {
	*lint.Config
	bad *checked
}

// of is the configuration of a plan: that of --config, else the nearest one above
// it; none where there is none.
func (c *configs) of(plan string) ruling {
	c.mu.Lock()
	defer c.mu.Unlock()
	path := c.flag
	if path == "" {
		path = c.nearest(filepath.Dir(plan))
	}
	if path == "" {
		return ruling{}
	}
	if c.loaded == nil {
		c.loaded = map[string]ruling{}
	}
	if _, done := c.loaded[path]; !done {
		c.loaded[path] = readConfig(path)
	}
	return c.loaded[path]
}

func (c *configs) nearest(dir string) string {
	if c.above == nil {
		c.above = map[string]string{}
	}
	if _, done := c.above[dir]; !done {
		c.above[dir] = configAbove(dir)
	}
	return c.above[dir]
}

func readConfig(path string) ruling {
	data, err := os.ReadFile(path)
	if err != nil {
		bad := unreadable(path, cannot(err, "name a configuration with --config, or leave it out"))
		return ruling{bad: &bad}
	}
	cfg, err := lint.LoadConfig(path, data)
	if err != nil {
		bad := unreadable(path, cannot(err, "drplan schema --config prints what it may hold; the plans were judged without it"))
		return ruling{bad: &bad}
	}
	return ruling{Config: cfg}
}

// configAbove looks in a folder and in those above it.
func configAbove(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, lint.ConfigName)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return shown(path)
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		return ""
	}
}

// shown is a path as people see it from where they are, if it is below there.
func shown(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}
