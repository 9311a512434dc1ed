// Package image writes container images of one layer that hold static binaries,
// as archives that a container runtime imports. No registry and no container
// engine is needed.
package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Image is what to write. The same image always gives the same bytes.
type Image struct {
	Tags       []string // whole names with tags: docker.io/library/busybox:1.35
	Files      []File
	Entrypoint []string
	Cmd        []string
	Env        []string // PATH is added
	User       string   // as in a Dockerfile; "" is root
}

// File is one entry of the layer: a copy of the file Source, else a symbolic
// link to Link, else the bytes of Content, else, with a slash at the end of
// Path, a folder. Folders above it are made.
type File struct {
	Path    string // absolute
	Source  string
	Link    string
	Content string
	Mode    int64 // 0: 0755
}

// Write writes the image as docker save does. It reads every source twice: the
// archive names the layer's digest and size before the layer.
func (i Image) Write(w io.Writer) error {
	hash := sha256.New()
	size := new(counter)
	if err := i.layer(io.MultiWriter(hash, size)); err != nil {
		return err
	}
	digest := hex.EncodeToString(hash.Sum(nil))
	config, err := json.Marshal(i.config(digest))
	if err != nil {
		return err
	}
	layerName := digest + "/layer.tar"
	manifest, err := json.Marshal([]map[string]any{{"Config": "config.json", "RepoTags": i.Tags, "Layers": []string{layerName}}})
	if err != nil {
		return err
	}
	archive := tar.NewWriter(w)
	for _, part := range []struct {
		name string
		data []byte
	}{{"manifest.json", manifest}, {"config.json", config}} {
		if err := archive.WriteHeader(&tar.Header{Name: part.name, Mode: 0o644, Size: int64(len(part.data))}); err != nil {
			return err
		}
		if _, err := archive.Write(part.data); err != nil {
			return err
		}
	}
	if err := archive.WriteHeader(&tar.Header{Name: layerName, Mode: 0o644, Size: int64(*size)}); err != nil {
		return err
	}
	if err := i.layer(archive); err != nil {
		return err
	}
	return archive.Close()
}

func (i Image) config(digest string) map[string]any {
	env := append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, i.Env...)
	return map[string]any{
		"architecture": runtime.GOARCH,
		"os":           "linux",
		"created":      "1970-01-01T00:00:00Z",
		"config":       map[string]any{"Env": env, "Entrypoint": i.Entrypoint, "Cmd": i.Cmd, "User": i.User},
		"rootfs":       map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + digest}},
	}
}

// layer writes the layer's tar: folders first, so that each is there before what
// lies in it.
func (i Image) layer(w io.Writer) error {
	layer := tar.NewWriter(w)
	for _, dir := range i.folders() {
		mode := int64(0o755)
		if dir == "tmp" {
			mode = 0o1777
		}
		if err := layer.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: mode}); err != nil {
			return err
		}
	}
	for _, f := range i.Files {
		if strings.HasSuffix(f.Path, "/") {
			continue
		}
		if err := f.write(layer); err != nil {
			return fmt.Errorf("%s of image %s: %w", f.Path, i.Tags[0], err)
		}
	}
	return layer.Close()
}

// folders are all folders of the layer in order, /tmp always among them.
func (i Image) folders() []string {
	dirs := []string{"tmp"}
	for _, f := range i.Files {
		dir := path.Dir(f.Path)
		if strings.HasSuffix(f.Path, "/") {
			dir = path.Clean(f.Path)
		}
		for ; dir != "/"; dir = path.Dir(dir) {
			dirs = append(dirs, strings.TrimPrefix(dir, "/"))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

func (f File) write(layer *tar.Writer) error {
	header := &tar.Header{Name: strings.TrimPrefix(f.Path, "/"), Mode: f.Mode}
	if header.Mode == 0 {
		header.Mode = 0o755
	}
	if f.Link != "" {
		header.Typeflag, header.Linkname = tar.TypeSymlink, f.Link
		return layer.WriteHeader(header)
	}
	if f.Source == "" {
		header.Size = int64(len(f.Content))
		if err := layer.WriteHeader(header); err != nil {
			return err
		}
		_, err := io.WriteString(layer, f.Content)
		return err
	}
	source, err := filepath.EvalSymlinks(f.Source)
	if err != nil {
		return err
	}
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	header.Size = info.Size()
	if err := layer.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(layer, in)
	return err
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
