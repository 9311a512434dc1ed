package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// read unpacks an archive into its members.
func read(t *testing.T, archive []byte) map[string][]byte {
	t.Helper()
	members := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return members
		}
		if err != nil {
			t.Fatal(err)
		}
		if members[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeSymlink {
			members[h.Name] = []byte("-> " + h.Linkname)
		}
	}
}

func TestWriteIsADockerArchive(t *testing.T) {
	source := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(source, []byte("ELF"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := source + "-link"
	if err := os.Symlink("program", link); err != nil {
		t.Fatal(err)
	}
	i := Image{
		Tags: []string{"example.org/a:1", "example.org/b:1"},
		Files: []File{
			{Path: "/usr/bin/program", Source: link},
			{Path: "/usr/bin/alias", Link: "program"},
			{Path: "/etc/passwd", Content: "root", Mode: 0o644},
			{Path: "/srv/"},
		},
		Entrypoint: []string{"/usr/bin/program"},
	}
	var b, again bytes.Buffer
	if err := errors.Join(i.Write(&b), i.Write(&again)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("two archives of one image differ")
	}
	members := read(t, b.Bytes())
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(members["manifest.json"], &manifest); err != nil || len(manifest) != 1 || strings.Join(manifest[0].RepoTags, " ") != "example.org/a:1 example.org/b:1" {
		t.Fatalf("manifest %s, %v", members["manifest.json"], err)
	}
	layer := members[manifest[0].Layers[0]]
	sum := sha256.Sum256(layer)
	if want := "sha256:" + hex.EncodeToString(sum[:]); !strings.Contains(string(members[manifest[0].Config]), want) {
		t.Errorf("the configuration %s does not name the layer %s", members[manifest[0].Config], want)
	}
	files := read(t, layer)
	for name, want := range map[string]string{
		"usr/": "", "usr/bin/": "", "srv/": "", "tmp/": "", "etc/passwd": "root", "usr/bin/program": "ELF", "usr/bin/alias": "-> program",
	} {
		if got, ok := files[name]; !ok || string(got) != want {
			t.Errorf("%s holds %q (there: %v), want %q", name, got, ok, want)
		}
	}
}

func TestAMissingBinaryIsNamed(t *testing.T) {
	i := Image{Tags: []string{"a:1"}, Files: []File{{Path: "/x", Source: "/no/such/file"}}}
	if err := i.Write(io.Discard); err == nil || !strings.Contains(err.Error(), "/x of image a:1") {
		t.Errorf("error %v", err)
	}
}
