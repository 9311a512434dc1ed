package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/drplan/drplan/steps/internal/atomicfile"
	"sigs.k8s.io/yaml"
)

// park moves a manifest out of the kubelet's folder: a copy first, so that a
// crash in between leaves both, never none. Parking what is parked is fine.
func park(manifest, parked string) error {
	data, err := os.ReadFile(manifest)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(parked)
		if err != nil {
			return fmt.Errorf("static pod %s: %w", manifest, fs.ErrNotExist)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := atomicfile.Write(parked, data); err != nil {
		return err
	}
	if err := copyOwner(manifest, parked); err != nil {
		return err
	}
	if err := os.Remove(manifest); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(manifest))
}

// unpark puts a manifest back. The kubelet does not look at names that begin
// with a dot, so it sees the file only when it is complete.
func unpark(parked, manifest string, edit func([]byte) ([]byte, error)) error {
	data, err := os.ReadFile(parked)
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(manifest) // never parked
		return err
	}
	if err == nil && edit != nil {
		data, err = edit(data)
	}
	if err != nil {
		return err
	}
	tmp := filepath.Join(filepath.Dir(manifest), "."+filepath.Base(manifest)+".new")
	if err := atomicfile.Write(tmp, data); err != nil {
		return err
	}
	if err := copyOwner(parked, tmp); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return atomicfile.Rename(tmp, manifest)
}

func copyOwner(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		if err := os.Chown(to, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(to, info.Mode().Perm())
}

// Manifest is what a static pod's manifest says of its server.
type Manifest struct {
	doc   map[string]any
	flags map[string]string // --name=value of the first container
}

// ReadManifest reads a static pod's manifest; where it has been parked with x,
// the parked one.
func (c Control) ReadManifest(x Exec) (Manifest, error) {
	data, err := os.ReadFile(c.StaticPod)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = os.ReadFile(x.parked(c.StaticPod))
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("static pod: %w", err)
	}
	m, err := parseManifest(data)
	if err != nil {
		return Manifest{}, fmt.Errorf("static pod %s: %w", c.StaticPod, err)
	}
	return m, nil
}

func parseManifest(data []byte) (Manifest, error) {
	m := Manifest{flags: map[string]string{}}
	if err := yaml.Unmarshal(data, &m.doc); err != nil {
		return m, err
	}
	container, err := m.container()
	if err != nil {
		return m, err
	}
	for _, key := range []string{"command", "args"} {
		for _, arg := range list(container[key]) {
			text, _ := arg.(string)
			if name, value, found := strings.Cut(text, "="); found && strings.HasPrefix(name, "--") {
				m.flags[name] = value
			}
		}
	}
	return m, nil
}

func (m Manifest) container() (map[string]any, error) {
	spec, _ := m.doc["spec"].(map[string]any)
	for _, c := range list(spec["containers"]) {
		if container, ok := c.(map[string]any); ok {
			return container, nil
		}
	}
	return nil, errors.New("no container in it")
}

// Flag is the value of a flag such as --name; "" when it is absent.
func (m Manifest) Flag(name string) string { return m.flags[name] }

// HostPath is where a path of the container lies on the host.
func (m Manifest) HostPath(path string) string {
	container, err := m.container()
	if err != nil || path == "" {
		return path
	}
	best, host := "", path
	for _, v := range list(container["volumeMounts"]) {
		mount, _ := v.(map[string]any)
		at, _ := mount["mountPath"].(string)
		rest, below := strings.CutPrefix(path, at)
		if at == "" || !below || rest != "" && rest[0] != '/' || len(at) <= len(best) {
			continue
		}
		if volume := m.volume(mount["name"]); volume != "" {
			best, host = at, filepath.Join(volume, rest)
		}
	}
	return host
}

// volume is the host's path of a hostPath volume.
func (m Manifest) volume(name any) string {
	spec, _ := m.doc["spec"].(map[string]any)
	for _, v := range list(spec["volumes"]) {
		volume, _ := v.(map[string]any)
		if volume["name"] != name {
			continue
		}
		source, _ := volume["hostPath"].(map[string]any)
		path, _ := source["path"].(string)
		return path
	}
	return ""
}

// SetFlags returns an edit for [Control.Launch]: the manifest with the flags
// set, where they stand or at the command's end. Comments are lost.
func SetFlags(flags map[string]string) func([]byte) ([]byte, error) {
	return func(data []byte) ([]byte, error) {
		m, err := parseManifest(data)
		if err != nil {
			return nil, err
		}
		container, err := m.container()
		if err != nil {
			return nil, err
		}
		command := list(container["command"])
		args := list(container["args"])
		for _, name := range sortedKeys(flags) {
			arg := name + "=" + flags[name]
			switch {
			case replaceFlag(command, name, arg), replaceFlag(args, name, arg):
			case len(command) > 0:
				command = append(command, arg)
			default: // the image's own entry point
				args = append(args, arg)
			}
		}
		setList(container, "command", command)
		setList(container, "args", args)
		return yaml.Marshal(m.doc)
	}
}

func replaceFlag(argv []any, name, arg string) bool {
	for i, old := range argv {
		if text, _ := old.(string); strings.HasPrefix(text, name+"=") {
			argv[i] = arg
			return true
		}
	}
	return false
}

func setList(container map[string]any, key string, values []any) {
	if len(values) > 0 {
		container[key] = values
	}
}
