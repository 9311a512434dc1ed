// Package subnet picks a private /16 network for each lab that has a node, such
// that neither two labs nor a lab and the machine's own networks meet.
//
// A file for each says which folder owns it, as package ports does for ports.
package subnet

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/drplan/drplan/lab/internal/filelock"
)

// Lab number N has the network 10.(first+N).0.0/16.
const (
	first = 160
	count = 32
)

// Reserve picks a number for the folder owner and records it in the folder
// registry. A record whose owner is gone counts for nothing, unless busy says
// that something of the number is still there; one that owner has already is
// kept.
func Reserve(ctx context.Context, registry, owner string, busy func(n int) bool) (int, error) {
	if err := os.MkdirAll(registry, 0o755); err != nil {
		return 0, err
	}
	lock, err := filelock.Lock(ctx, filepath.Join(registry, "lock"))
	if err != nil {
		return 0, err
	}
	defer lock.Unlock()
	if n, ok := Of(registry, owner); ok {
		return n, nil
	}
	table, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return 0, err
	}
	routes := destinations(string(table))
	for n := range count {
		if overlaps(routes, Network(n)) || busy(n) || !claim(registry, owner, n) {
			continue
		}
		return n, nil
	}
	return 0, fmt.Errorf("none of the networks from %s to %s is free: they are other labs' (lab down ends one) or this machine has routes into them", Network(0), Network(count-1))
}

// Of is the number that the folder owner has, if any.
func Of(registry, owner string) (int, bool) {
	for n := range count {
		if holder, err := os.ReadFile(record(registry, n)); err == nil && string(holder) == owner {
			return n, true
		}
	}
	return 0, false
}

// Release forgets the number of the folder owner.
func Release(registry, owner string) {
	if n, ok := Of(registry, owner); ok {
		os.Remove(record(registry, n))
	}
}

// WhenNone does what it is given, if no lab has a number and busy says of none
// that something is there (labs of another registry), and lets none get one
// meanwhile.
func WhenNone(ctx context.Context, registry string, busy func(n int) bool, do func() error) error {
	lock, err := filelock.Lock(ctx, filepath.Join(registry, "lock"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // no registry: no lab has ever had a node
	}
	if err != nil {
		return err
	}
	defer lock.Unlock()
	for n := range count {
		if _, err := os.Stat(record(registry, n)); err == nil || busy(n) {
			return nil
		}
	}
	return do()
}

// Network is the network of lab number n.
func Network(n int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(first + n), 0, 0}), 16)
}

// Address is the address of lab number n with the given last two bytes.
func Address(n int, third, fourth byte) string {
	return netip.AddrFrom4([4]byte{10, byte(first + n), third, fourth}).String()
}

func record(registry string, n int) string { return filepath.Join(registry, strconv.Itoa(n)) }

func claim(registry, owner string, n int) bool {
	if holder, err := os.ReadFile(record(registry, n)); err == nil {
		if _, err := os.Stat(string(holder)); !errors.Is(err, os.ErrNotExist) {
			return false
		}
	}
	return os.WriteFile(record(registry, n), []byte(owner), 0o644) == nil
}

// destinations reads /proc/net/route: a headline, then lines whose second and
// eighth fields are network and mask, little-endian hexadecimal. The default
// route overlaps everything and counts for nothing.
func destinations(table string) (found []netip.Prefix) {
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < 8 {
			continue
		}
		network, err1 := strconv.ParseUint(fields[1], 16, 32)
		mask, err2 := strconv.ParseUint(fields[7], 16, 32)
		if err1 != nil || err2 != nil || mask == 0 {
			continue
		}
		bits := 0
		for m := mask; m != 0; m >>= 1 {
			bits += int(m & 1)
		}
		address := netip.AddrFrom4([4]byte{byte(network), byte(network >> 8), byte(network >> 16), byte(network >> 24)})
		found = append(found, netip.PrefixFrom(address, bits))
	}
	return found
}

func overlaps(routes []netip.Prefix, network netip.Prefix) bool {
	for _, r := range routes {
		if r.Overlaps(network) {
			return true
		}
	}
	return false
}
