package archive

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Patterns choose paths. One without a slash is for names, *.key; one with a
// slash is for whole paths, /etc/kubernetes/*.conf, and all below them.
type Patterns []string

// Check reports the first pattern that is none.
func (p Patterns) Check() (int, error) {
	for i, pattern := range p {
		if _, err := filepath.Match(pattern, ""); err != nil || pattern == "" {
			return i, fmt.Errorf("%q is not a pattern: write a path, or one such as *.key or /etc/kubernetes/*.conf", pattern)
		}
	}
	return 0, nil
}

// Match reports whether a pattern fits path, which is absolute, or a folder
// that holds it.
func (p Patterns) Match(path string) bool {
	for ; path != "/" && path != "."; path = filepath.Dir(path) {
		for _, pattern := range p {
			subject := path
			if !strings.Contains(pattern, "/") {
				subject = filepath.Base(path)
			}
			if ok, _ := filepath.Match(strings.TrimSuffix(pattern, "/"), subject); ok {
				return true
			}
		}
	}
	return false
}
