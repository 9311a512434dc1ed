// Package netns gives a lab's node a network namespace of its own, and one link
// to the machine: packets between the two are routed, nothing is translated,
// and no rule of the machine's firewall is touched.
//
// It drives iproute2, so that what it makes can be looked at and repaired with
// the same commands (ip netns exec NAME …).
package netns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Node is a namespace, its link, and what the machine finds behind it.
type Node struct {
	Name     string // of the namespace, and of the link's end on the machine
	HostIP   string // the link's end on the machine
	NodeIP   string // the link's end in the namespace
	Networks string // CIDR: everything that the machine reaches through the link
}

// uplink is the link's end in the namespace.
const uplink = "uplink"

// Path is the file through which others enter: nsenter --net=PATH.
func (n Node) Path() string { return filepath.Join("/run/netns", n.Name) }

// Exists says whether the namespace is there.
func (n Node) Exists() bool {
	var s unix.Statfs_t
	return unix.Statfs(n.Path(), &s) == nil && s.Type == unix.NSFS_MAGIC
}

// Make makes the namespace and the link, or what is missing of them.
func (n Node) Make(ctx context.Context) error {
	if !n.Exists() {
		// A file without a namespace is of a Make that was killed.
		if err := n.Remove(ctx); err != nil {
			return err
		}
		if err := ip(ctx, "netns", "add", n.Name); err != nil {
			return err
		}
	}
	if ip(ctx, "link", "show", "dev", n.Name) != nil {
		if err := ip(ctx, "link", "add", n.Name, "type", "veth", "peer", "name", uplink, "netns", n.Name); err != nil {
			return err
		}
	}
	for _, command := range []string{
		"-n " + n.Name + " link set lo up",
		"addr replace " + n.HostIP + "/30 dev " + n.Name,
		"link set " + n.Name + " up",
		"-n " + n.Name + " addr replace " + n.NodeIP + "/30 dev " + uplink,
		"-n " + n.Name + " link set " + uplink + " up",
		"-n " + n.Name + " route replace default via " + n.HostIP,
		"route replace " + n.Networks + " via " + n.NodeIP + " dev " + n.Name,
	} {
		if err := ip(ctx, strings.Fields(command)...); err != nil {
			return err
		}
	}
	return n.forward(ctx)
}

// forward lets the node route between its pods and its link; the setting is the
// namespace's own.
func (n Node) forward(ctx context.Context) error {
	return ip(ctx, "netns", "exec", n.Name, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
}

// Remove takes the link and the namespace away; what is not there is no error.
func (n Node) Remove(ctx context.Context) error {
	if ip(ctx, "link", "show", "dev", n.Name) == nil {
		if err := ip(ctx, "link", "delete", n.Name); err != nil {
			return err
		}
	}
	if n.Exists() {
		return ip(ctx, "netns", "delete", n.Name)
	}
	if err := os.Remove(n.Path()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Tidy removes what iproute2 has made for namespaces if there is none left, of
// nobody: a folder that is mounted at itself.
func Tidy() error { return tidy("/run/netns") }

func tidy(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		return nil // not there, or in use
	}
	if err := unix.Unmount(dir, 0); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("unmount %s: %w", dir, err)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, unix.EBUSY) && !errors.Is(err, unix.ENOTEMPTY) {
		return err
	}
	return nil
}

// Enter moves the calling thread, which must be locked, into the namespace.
func (n Node) Enter() error {
	fd, err := unix.Open(n.Path(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the network namespace %s: %w", n.Path(), err)
	}
	defer unix.Close(fd)
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the network namespace %s: %w", n.Path(), err)
	}
	return nil
}

func ip(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
