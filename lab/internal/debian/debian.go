// Package debian installs the packages that a lab's node needs, and leaves no
// service running that was not there before.
package debian

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/drplan/drplan/lab/internal/filelock"
)

// Packages are what a node needs, each with a file by which one sees that it is
// there, however it was installed.
var Packages = map[string]string{
	"containerd":                  "/usr/bin/containerd",
	"runc":                        "/usr/sbin/runc",
	"containernetworking-plugins": "/usr/lib/cni/ptp",
	"busybox-static":              "/bin/busybox",
	"conntrack":                   "/usr/sbin/conntrack",
	"iptables":                    "/usr/sbin/iptables",
	"iproute2":                    "/usr/sbin/ip",
}

// service is what the package containerd enables and starts. A node has a
// containerd of its own.
const service = "containerd.service"

// Ensure installs the packages that are missing. state is a folder of the caller
// where the remains of an installation that was killed are noted.
func Ensure(ctx context.Context, state string, progress io.Writer) error {
	if err := os.MkdirAll(state, 0o755); err != nil {
		return err
	}
	lock, err := filelock.Lock(ctx, filepath.Join(state, "packages.lock"))
	if err != nil {
		return err
	}
	defer lock.Unlock()
	ours := filepath.Join(state, "disable-"+service)
	missing := Missing()
	if len(missing) > 0 {
		if err := install(ctx, missing, ours, progress); err != nil {
			return err
		}
	}
	return disable(ctx, ours)
}

// Missing are the names of the packages that are not there.
func Missing() (missing []string) {
	for name, file := range Packages {
		if _, err := os.Stat(file); err != nil || name == "busybox-static" && !static(file) {
			missing = append(missing, name)
		}
	}
	return missing
}

// static says whether the program needs no library: Debian has two packages with
// a busybox at one place, and only the static one runs in an image of its own.
func static(program string) bool {
	file, err := elf.Open(program)
	if err != nil {
		return false
	}
	defer file.Close()
	return !slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}

func install(ctx context.Context, missing []string, ours string, progress io.Writer) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("this machine lacks %s, and has no apt-get to install them: install them yourself, then try again", strings.Join(missing, ", "))
	}
	fmt.Fprintf(progress, "lab: installing Debian packages: %s\n", strings.Join(missing, " "))
	if _, err := os.Stat(Packages["containerd"]); err != nil {
		// Before the package can start it, so that a killed installation is known.
		if err := os.WriteFile(ours, nil, 0o644); err != nil {
			return err
		}
	}
	args := append([]string{"install", "-y", "--no-install-recommends"}, missing...)
	if aptGet(ctx, args...) == nil {
		return nil
	}
	if err := aptGet(ctx, "update"); err != nil {
		return err
	}
	return aptGet(ctx, args...)
}

func aptGet(ctx context.Context, args ...string) error {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, out.String())
	}
	return nil
}

// disable stops the service that our own installation started.
func disable(ctx context.Context, ours string) error {
	if _, err := os.Stat(ours); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		if out, err := exec.CommandContext(ctx, "systemctl", "disable", "--now", service).CombinedOutput(); err != nil {
			return fmt.Errorf("stop the %s that installing the package started: %w: %s", service, err, out)
		}
	}
	return os.Remove(ours)
}
