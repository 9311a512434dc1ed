package component

import (
	"path/filepath"
	"testing"
)

func TestCacheDir(t *testing.T) {
	for _, c := range []struct{ name, own, xdg, want string }{
		{"its own variable", "/a/b", "/x", "/a/b"},
		{"the desktop's", "", "/x", "/x/drplan-lab"},
		{"neither", "", "", "/home/somebody/.cache/drplan-lab"},
	} {
		t.Setenv("DRPLAN_LAB_CACHE", c.own)
		t.Setenv("XDG_CACHE_HOME", c.xdg)
		t.Setenv("HOME", "/home/somebody")
		if got, err := CacheDir(); err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}

func TestSourceDir(t *testing.T) {
	root := t.TempDir()
	t.Setenv("DRPLAN_LAB_SOURCE", "")
	source := filepath.Join(root, "lab", "components")
	write(t, filepath.Join(source, "etcd", "go.mod"), "module x\n")
	write(t, filepath.Join(root, "steps", "etcd", "x.go"), "package etcd\n")
	for _, from := range []string{".", "lab", "lab/components/etcd", "steps/etcd"} {
		t.Chdir(filepath.Join(root, from))
		if got, err := SourceDir(); err != nil || got != source {
			t.Errorf("from %s: %s, %v; want %s", from, got, err, source)
		}
	}
	t.Setenv("DRPLAN_LAB_SOURCE", "/elsewhere")
	if got, err := SourceDir(); err != nil || got != "/elsewhere" {
		t.Errorf("with the variable: %s, %v", got, err)
	}
}
