package process

import "strings"

// Container is a container of a static pod, as far as its processes show it.
type Container struct {
	Command []string // the image's own, which nobody knows here, where it is empty
	Args    []string
	Host    map[string]string // of its hostPath volumes: where it sees them, where they lie on the host
}

// Containers are those that run as long as the pod does.
func (m Manifest) Containers() []Container {
	var out []Container
	for _, c := range m.containers() {
		one := Container{Command: texts(c["command"]), Args: texts(c["args"]), Host: map[string]string{}}
		for _, v := range list(c["volumeMounts"]) {
			mount, _ := v.(map[string]any)
			at, _ := mount["mountPath"].(string)
			sub, _ := mount["subPath"].(string)
			if host := m.volume(mount["name"]); at != "" && host != "" && sub == "" {
				one.Host[at] = host
			}
		}
		out = append(out, one)
	}
	return out
}

// PodName is the pod's namespace and its name, to which the kubelet adds a dash
// and the node's.
func (m Manifest) PodName() (namespace, name string) {
	meta, _ := m.doc["metadata"].(map[string]any)
	namespace, _ = meta["namespace"].(string)
	name, _ = meta["name"].(string)
	if namespace == "" {
		namespace = "default"
	}
	return namespace, strings.ToLower(name)
}

func texts(v any) []string {
	var out []string
	for _, one := range list(v) {
		text, _ := one.(string)
		out = append(out, text)
	}
	return out
}
