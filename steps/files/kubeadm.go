package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// node is what there is to keep of a control plane node.
type node struct {
	paths  []string
	notes  []string
	server bool // there is an API server
}

// lookAtNode finds it by what the node itself says: the flags of its static
// pods name the files that they read.
func lookAtNode(dir, kubelet string) (node, error) {
	n := node{paths: []string{filepath.Join(dir, "pki")}}
	if _, err := os.Stat(n.paths[0]); err != nil {
		return n, fmt.Errorf("no control plane node of kubeadm's: %w", err)
	}
	n.paths = append(n.paths, existing(
		filepath.Join(dir, "*.conf"), filepath.Join(dir, "*.yaml"), filepath.Join(dir, "manifests", "*.yaml"),
		filepath.Join(kubelet, "config.yaml"), filepath.Join(kubelet, "instance-config.yaml"),
		filepath.Join(kubelet, "kubeadm-flags.env"), filepath.Join(kubelet, "pki"),
	)...)
	manifests := existing(filepath.Join(dir, "manifests", "*.yaml"))
	var errs []error
	for _, file := range manifests {
		errs = append(errs, n.addPod(file))
	}
	if !n.server {
		n.notes = append(n.notes, fmt.Sprintf("no manifest in %s is an API server's: what its flags name cannot be known", filepath.Join(dir, "manifests")))
	}
	slices.Sort(n.paths)
	n.paths = slices.Compact(n.paths)
	return n, errors.Join(errs...)
}

func existing(patterns ...string) (found []string) {
	for _, pattern := range patterns {
		some, _ := filepath.Glob(pattern) // only a bad pattern is an error
		found = append(found, some...)
	}
	return found
}

// addPod adds the files that a static pod's flags name, as the host has them.
func (n *node) addPod(manifest string) error {
	data, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var pod corev1.Pod
	if err := yaml.Unmarshal(data, &pod); err != nil {
		return fmt.Errorf("%s is no manifest of a pod: %w", manifest, err)
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		flags := flagsOf(c)
		for _, f := range flags {
			if err := n.addFlag(pod.Spec.Volumes, c, f); err != nil {
				return fmt.Errorf("%s: %w", manifest, err)
			}
		}
		if isAPIServer(c) {
			n.server = true
			n.judge(pod.Spec.Volumes, c, flags)
		}
	}
	return nil
}

type flag struct{ name, value string }

// flagsOf reads --name=value and --name value.
func flagsOf(c *corev1.Container) (flags []flag) {
	words := slices.Concat(c.Command, c.Args)
	for i, word := range words {
		name, isFlag := strings.CutPrefix(word, "-")
		if !isFlag {
			continue
		}
		name, value, given := strings.Cut(strings.TrimPrefix(name, "-"), "=")
		if !given && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			value = words[i+1]
		}
		flags = append(flags, flag{name, value})
	}
	return flags
}

func isAPIServer(c *corev1.Container) bool {
	return len(c.Command) > 0 && filepath.Base(c.Command[0]) == "kube-apiserver" || c.Name == "kube-apiserver"
}

// addFlag adds a file that is read. One that a pod writes, its log, is not
// configuration; a folder such as etcd's data is not either.
func (n *node) addFlag(volumes []corev1.Volume, c *corev1.Container, f flag) error {
	if strings.HasSuffix(f.name, "log-path") || strings.HasSuffix(f.name, "log-file") {
		return nil
	}
	for value := range strings.SplitSeq(f.value, ",") {
		path := onHost(volumes, c, value)
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err == nil && info.Mode().IsRegular():
			n.add(path)
		case err != nil && needed(f.name):
			return fmt.Errorf("--%s: %w", f.name, err)
		}
	}
	return nil
}

// add takes a link together with what it leads to, since that holds the bytes.
func (n *node) add(path string) {
	n.paths = append(n.paths, path)
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		n.paths = append(n.paths, real)
	}
}

// needed are flags whose file's absence makes a backup worthless.
func needed(name string) bool {
	return name == "encryption-provider-config" || name == "service-account-signing-key-file"
}

// onHost is the host's name for a path in a container; "" where the host has none.
func onHost(volumes []corev1.Volume, c *corev1.Container, path string) string {
	if !filepath.IsAbs(path) {
		return ""
	}
	best, host := -1, ""
	for _, m := range c.VolumeMounts {
		rest, within := strings.CutPrefix(path+"/", strings.TrimSuffix(m.MountPath, "/")+"/")
		if !within || len(m.MountPath) <= best {
			continue
		}
		for _, v := range volumes {
			if v.Name == m.Name && v.HostPath != nil {
				best, host = len(m.MountPath), filepath.Join(v.HostPath.Path, m.SubPath, rest)
			}
		}
	}
	return host
}

// judge says what an operator must know of the encryption keys.
func (n *node) judge(volumes []corev1.Volume, c *corev1.Container, flags []flag) {
	for _, f := range flags {
		if f.name != "encryption-provider-config" {
			continue
		}
		data, err := os.ReadFile(onHost(volumes, c, f.value))
		if err == nil && strings.Contains(string(data), "kms:") {
			n.notes = append(n.notes, fmt.Sprintf("the encryption keys of %s are in a KMS: they are not in this backup, and the KMS must outlive the disaster", f.value))
		}
		return
	}
	n.notes = append(n.notes, "the API server names no --encryption-provider-config: secrets are in etcd as they are")
}
