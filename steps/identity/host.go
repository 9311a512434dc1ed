package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/drplan/drplan/steps"
)

// machineIDFile holds the machine's id: machine-id(5).
const machineIDFile = "/etc/machine-id"

// Host compares a host's machine-id with the plan's and returns what was found.
// This machine's own file is read where the address is one of its own; another
// machine is asked over ssh, with the keys and the configuration of whoever runs
// drplan.
func Host(ctx context.Context, h steps.Host) (found string, err error) {
	got, err := machineID(ctx, h)
	if err != nil {
		return "", err
	}
	if want := strings.ToLower(strings.TrimSpace(h.MachineID)); got != want {
		return "", &MismatchError{"machine-id", got, want}
	}
	return "machine-id " + got, nil
}

func machineID(ctx context.Context, h steps.Host) (string, error) {
	name, port := splitAddress(h.Address)
	if port == "" && isThisMachine(ctx, name) {
		return cleanID(os.ReadFile(machineIDFile))
	}
	return overSSH(ctx, h.User, name, port)
}

func cleanID(raw []byte, err error) (string, error) {
	if err != nil {
		return "", fmt.Errorf("its machine-id cannot be read: %w", err)
	}
	id := strings.ToLower(string(bytes.TrimSpace(raw)))
	if id == "" {
		return "", errors.New("its machine-id is empty: systemd-machine-id-setup makes one")
	}
	return id, nil
}

// splitAddress takes host, host:port and bare IPv6 addresses.
func splitAddress(address string) (name, port string) {
	if name, port, err := net.SplitHostPort(address); err == nil {
		return name, port
	}
	return strings.Trim(address, "[]"), ""
}

// isThisMachine reports whether a name or address leads back here.
func isThisMachine(ctx context.Context, name string) bool {
	if own, err := os.Hostname(); err == nil && strings.EqualFold(own, name) {
		return true
	}
	found, err := net.DefaultResolver.LookupIPAddr(ctx, name)
	if err != nil {
		return false
	}
	own, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, ip := range found {
		if ip.IP.IsLoopback() {
			return true
		}
		for _, a := range own {
			if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip.IP) {
				return true
			}
		}
	}
	return false
}

// overSSH never asks for a password or a host key: a preflight has nobody to ask.
func overSSH(ctx context.Context, user, name, port string) (string, error) {
	args := []string{"-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T"}
	if port != "" {
		args = append(args, "-p", port)
	}
	if user != "" {
		args = append(args, "-l", user)
	}
	cmd := exec.CommandContext(ctx, "ssh", append(args, "--", name, "cat", machineIDFile)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		reason := strings.TrimSpace(said.String())
		if lines := strings.Split(reason, "\n"); len(lines) > 0 && reason != "" {
			return "", fmt.Errorf("ssh cannot read its machine-id: %s", strings.TrimSpace(lines[len(lines)-1]))
		}
		return "", fmt.Errorf("ssh cannot read its machine-id: %w", err)
	}
	return cleanID(out, nil)
}
