// Package ports picks TCP ports on loopback that stay a lab's own, also while
// the server that uses one is down.
//
// Ports that the kernel hands out (":0") come from the range of outgoing
// connections: one may be taken by any client in the moments in which a member
// restarts. So ports are picked below that range, and a file for each says
// which folder owns it, so that labs side by side never pick the same.
package ports

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/drplan/drplan/lab/internal/filelock"
)

// lowest is above the ports that well-known services use.
const lowest = 20_000

// Reserve picks n free ports that follow one another for the folder owner and
// records them in the folder registry. A record whose owner is gone counts for nothing.
func Reserve(ctx context.Context, registry, owner string, n int) ([]int, error) {
	limit := outgoing() - n
	var last error
	for range 1000 {
		got, err := Take(ctx, registry, owner, lowest+rand.IntN(limit-lowest), n)
		if err == nil || ctx.Err() != nil {
			return got, err
		}
		last = err
	}
	return nil, fmt.Errorf("found no %d free ports in a row between %d and %d, the last try: %w", n, lowest, limit, last)
}

// Take reserves the n ports from first on for the folder owner, or none of them.
func Take(ctx context.Context, registry, owner string, first, n int) ([]int, error) {
	if err := os.MkdirAll(registry, 0o755); err != nil {
		return nil, err
	}
	lock, err := filelock.Lock(ctx, filepath.Join(registry, "lock"))
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	got := make([]int, n)
	for i := range got {
		got[i] = first + i
		if !free(got[i]) || !claim(registry, owner, got[i]) {
			Release(registry, owner)
			return nil, fmt.Errorf("port %d of 127.0.0.1 is in use, or another lab's: choose another base port; %d ports from there on must be free", got[i], n)
		}
	}
	return got, nil
}

// Release forgets all ports of the folder owner.
func Release(registry, owner string) {
	records, _ := filepath.Glob(filepath.Join(registry, "[0-9]*"))
	for _, record := range records {
		if holder, err := os.ReadFile(record); err == nil && string(holder) == owner {
			os.Remove(record)
		}
	}
}

// claim writes the record of port, unless another living owner has it. Its
// caller holds the registry's lock.
func claim(registry, owner string, port int) bool {
	record := filepath.Join(registry, strconv.Itoa(port))
	if holder, err := os.ReadFile(record); err == nil {
		if _, err := os.Stat(string(holder)); err == nil {
			return false
		}
	}
	return os.WriteFile(record, []byte(owner), 0o644) == nil
}

func free(port int) bool {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// outgoing is the first port that the kernel gives to outgoing connections, or
// Linux's default where that cannot be read or leaves no room.
func outgoing() int {
	const usual = 32_768
	data, _ := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	fields := strings.Fields(string(data))
	if len(fields) != 2 {
		return usual
	}
	if first, err := strconv.Atoi(fields[0]); err == nil && first > lowest+1_000 {
		return min(first, 65_535)
	}
	return usual
}
