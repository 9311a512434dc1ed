package policies

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// table is one that packets pass before those in which a service proxy accepts:
// whatever that has decided, the policies come first.
const table = "mangle"

// load replaces all chains and rules of this package in one step.
func load(ctx context.Context, chains, rules []string) error {
	have, err := present(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("*" + table + "\n")
	stale := slices.DeleteFunc(have, func(c string) bool { return slices.Contains(chains, c) })
	for _, chain := range slices.Concat(chains, stale) {
		fmt.Fprintf(&b, ":%s - [0:0]\n", chain)
	}
	for _, rule := range rules {
		b.WriteString(rule + "\n")
	}
	for _, chain := range stale {
		b.WriteString("-X " + chain + "\n")
	}
	b.WriteString("COMMIT\n")
	if _, err := run(ctx, b.String(), "iptables-restore", "--noflush", "--wait"); err != nil {
		return err
	}
	return hook(ctx)
}

// present are this package's chains that are there.
func present(ctx context.Context) (chains []string, err error) {
	out, err := run(ctx, "", "iptables-save", "-t", table)
	for line := range strings.Lines(out) {
		if name, ok := strings.CutPrefix(line, ":"); ok && strings.HasPrefix(name, "LAB-") {
			chains = append(chains, strings.Fields(name)[0])
		}
	}
	return chains, err
}

// hook sends packets through the top chain: those that the node forwards, and
// those from pods to the node itself. Packets from the node to its pods are the
// kubelet's probes, which no policy stops.
func hook(ctx context.Context) error {
	for _, chain := range []string{"FORWARD", "INPUT"} {
		if _, err := run(ctx, "", "iptables", "-w", "-t", table, "-C", chain, "-j", top); err == nil {
			continue
		}
		if _, err := run(ctx, "", "iptables", "-w", "-t", table, "-I", chain, "1", "-j", top); err != nil {
			return err
		}
	}
	return nil
}

func run(ctx context.Context, stdin, name string, args ...string) (string, error) {
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return out.String(), nil
}
