package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// Manifest is what a static pod's manifest says of its server.
type Manifest struct {
	doc   map[string]any
	flags map[string]string // --name=value of the first container
}

// ReadManifest reads a static pod's manifest; where the pod was stopped, the
// one that was moved away.
func (c Control) ReadManifest() (Manifest, error) {
	data, err := os.ReadFile(c.StaticPod)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = os.ReadFile(parked(c.StaticPod))
		if errors.Is(err, fs.ErrNotExist) {
			err = lost(c.StaticPod)
		}
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
	if all := m.containers(); len(all) > 0 {
		return all[0], nil
	}
	return nil, errors.New("no container in it")
}

func (m Manifest) containers() []map[string]any {
	spec, _ := m.doc["spec"].(map[string]any)
	var out []map[string]any
	for _, c := range list(spec["containers"]) {
		if container, ok := c.(map[string]any); ok {
			out = append(out, container)
		}
	}
	return out
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
