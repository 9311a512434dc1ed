package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/drplan/drplan/lab/internal/proc"
	"golang.org/x/sys/unix"
)

// nodeServer returns the process of the cluster's node called name.
func (l *Lab) nodeServer(name string) (Node, bool) {
	if l.Cluster == nil {
		return Node{}, false
	}
	at := slices.IndexFunc(l.Cluster.Servers, func(n Node) bool { return n.Name == name })
	if at < 0 {
		return Node{}, false
	}
	return l.Cluster.Servers[at], true
}

// nodeSpec fills in how the node's process called name is run.
func (l *Lab) nodeSpec(name string, spec *proc.Spec) error {
	c := l.Cluster
	switch name {
	case "containerd":
		spec.Argv = []string{"/usr/bin/containerd", "--config", l.path("etc", "containerd", "config.toml")}
	case "kubelet":
		spec.Argv = []string{
			l.path("bin", "kubelet"),
			"--config=" + l.path("etc", "kubelet.yaml"),
			"--kubeconfig=" + filepath.Join(c.KubernetesDir, "kubelet.conf"),
			"--root-dir=" + c.KubeletDir,
			"--hostname-override=" + c.NodeName,
			"--node-ip=" + c.NodeIP,
		}
	case "kube-proxy":
		spec.Argv = []string{l.path("bin", "kube-proxy"), "--config=" + l.path("etc", "kube-proxy.yaml")}
	case "local-volumes":
		spec.Argv = []string{l.path("bin", "local-volumes"), "-kubeconfig", c.Kubeconfig, "-dir", c.VolumesDir, "-node", c.NodeName}
	case "network-policies":
		spec.Argv = []string{l.path("bin", "network-policies"), "-kubeconfig", c.Kubeconfig, "-socket", l.settings().PolicySocket()}
	default:
		return fmt.Errorf("%w %q", ErrNoServer, name)
	}
	spec.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	spec.Prepare = l.enterNode
	return nil
}

// linkPlugins puts Debian's CNI plugins and the lab's own into one folder.
func (l *Lab) linkPlugins() error {
	const debians = "/usr/lib/cni"
	dir := l.settings().PluginDir()
	entries, err := os.ReadDir(debians)
	if err = errors.Join(err, os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	links := map[string]string{"lab-policy": l.path("bin", "lab-policy")}
	for _, e := range entries {
		links[e.Name()] = filepath.Join(debians, e.Name())
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// enterNode moves the calling process into the node: its control group, and
// its namespaces for what runs on this thread from now on.
func (l *Lab) enterNode() error {
	group, err := l.Cluster.cgroup()
	if err != nil {
		return err
	}
	err = errors.Join(group.Join(), l.Cluster.network().Enter(), l.mounts().Enter())
	if err != nil {
		return fmt.Errorf("enter the node (lab up makes it anew): %w", err)
	}
	return nil
}

// makeNode makes what the node's processes live in, or what is missing of it.
func (l *Lab) makeNode(ctx context.Context) error {
	group, err := l.Cluster.cgroup()
	if err != nil {
		return err
	}
	return errors.Join(group.Make(), l.Cluster.network().Make(ctx), l.mounts().Make(l.mountNode))
}

// endNode kills everything that runs on the node and gives up what it lived in.
// Only files stay. It is quick and not polite, as the loss of a machine is.
func (l *Lab) endNode(ctx context.Context) error {
	group, err := l.Cluster.cgroup()
	if err != nil {
		return err
	}
	// Without a kubelet and a runtime nothing starts containers again.
	for _, n := range l.Cluster.Servers {
		if err := proc.Kill(ctx, n.PIDFile); err != nil {
			return err
		}
	}
	if err := group.End(ctx); err != nil {
		return err
	}
	return l.mounts().Remove()
}

// mountNode mounts what only the node sees. It runs in the new namespace.
func (l *Lab) mountNode() error {
	// Sockets and state that are of no use once the node is gone: of shims, of
	// the pods' network namespaces.
	if err := unix.Mount("tmpfs", "/run", "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount a tmpfs at /run: %w", err)
	}
	// Folders whose names are built into the runtime, the plugins or the kubelet.
	for inNode, dir := range map[string]string{
		"/var/log":         l.path("log"),
		"/var/lib/cni":     l.path("lib", "cni"),
		"/var/lib/kubelet": l.path("lib", "kubelet"),
	} {
		if err := bindFolder(dir, inNode); err != nil {
			return err
		}
	}
	return l.shieldSettings()
}

func bindFolder(dir, at string) error {
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.MkdirAll(at, 0o755)); err != nil {
		return err
	}
	if err := unix.Mount(dir, at, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount %s at %s: %w", dir, at, err)
	}
	return nil
}

// settings are the kernel's that a kubelet sets for the whole machine, and the
// values that it wants.
var settings = map[string]string{
	"kernel/keys/root_maxbytes": "25000000",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
}

// shieldSettings mounts files over them in which the kubelet finds, and sets,
// what it wants: the machine keeps its own.
func (l *Lab) shieldSettings() error {
	for name, value := range settings {
		real := filepath.Join("/proc/sys", name)
		if _, err := os.Stat(real); err != nil {
			continue
		}
		file := l.path("lib", "sysctl", name)
		err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(value+"\n"), 0o644))
		if err != nil {
			return err
		}
		if err := unix.Mount(file, real, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount %s at %s: %w", file, real, err)
		}
	}
	return nil
}
