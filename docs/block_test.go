package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages lists what people read, relative to this folder.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md", "../lab/README.md"}
	for _, pattern := range []string{"*.md", "../examples/*/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s matches nothing (%v)", pattern, err)
		}
		all = append(all, found...)
	}
	return all
}

// block is a fenced block of a page.
type block struct {
	page string
	line int    // of its first line, from 1
	info string // what stands behind the fence
	text string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

func blocks(t *testing.T, page string) []block {
	t.Helper()
	var all []block
	var open *block
	for i, line := range strings.Split(read(t, page), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{page: page, line: i + 2, info: info}
		case fence:
			all, open = append(all, *open), nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%s is never closed", open)
	}
	return all
}

// infos are the fences that a page may have. A block in no language is there to
// be looked at.
var infos = []string{"", "text", "yaml", "yaml fragment", "sh", "console", "go", "json", "yaml config", "yaml workflow", "yaml modeline", "yaml breaks it", "yaml keeps it", "yaml refused"}

func TestFences(t *testing.T) {
	seen := map[string]int{}
	for _, page := range pages(t) {
		for _, b := range blocks(t, page) {
			seen[b.info]++
			if !slices.Contains(infos, b.info) {
				t.Errorf("%s: no test knows what to do with ```%s", b, b.info)
			}
		}
	}
	for _, info := range []string{"yaml", "yaml fragment", "sh", "console"} {
		if seen[info] == 0 {
			t.Errorf("no page has a block of ```%s: is it still found?", info)
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links within the repository lead to a file, and to a heading where they say so.
func TestLinks(t *testing.T) {
	checked := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			checked++
			path, heading, _ := strings.Cut(m[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, m[1])
			} else if heading != "" && !slices.Contains(anchors(read(t, target)), heading) {
				t.Errorf("%s: %s has no heading #%s", page, target, heading)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d links were found", checked)
	}
}

var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchors are the headings of a page as links name them.
func anchors(page string) []string {
	var all []string
	for line := range strings.Lines(page) {
		if title := strings.TrimLeft(line, "#"); title != line {
			title = notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			all = append(all, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
