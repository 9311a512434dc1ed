package subnet

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func idle(int) bool { return false }

func TestLabsNeverShareANetwork(t *testing.T) {
	registry := filepath.Join(t.TempDir(), "subnets")
	one, two := t.TempDir(), t.TempDir()
	a, err := Reserve(t.Context(), registry, one, idle)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Reserve(t.Context(), registry, two, idle)
	if err != nil || a == b {
		t.Fatalf("both labs have number %d, error %v", a, err)
	}
	if again, err := Reserve(t.Context(), registry, one, idle); err != nil || again != a {
		t.Errorf("asked again, the first lab gets %d, %v; want %d", again, err, a)
	}
	Release(registry, one)
	if _, ok := Of(registry, one); ok {
		t.Error("a released number is still on record")
	}
}

func TestARecordWithoutItsFolderCountsForNothing(t *testing.T) {
	registry, gone := filepath.Join(t.TempDir(), "subnets"), filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(gone, 0o700); err != nil {
		t.Fatal(err)
	}
	a, err := Reserve(t.Context(), registry, gone, idle)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	busy := func(n int) bool { return n == a }
	if b, err := Reserve(t.Context(), registry, t.TempDir(), busy); err != nil || b == a {
		t.Errorf("got %d, %v, of which something is still there", b, err)
	}
	if b, err := Reserve(t.Context(), registry, t.TempDir(), idle); err != nil || b != a {
		t.Errorf("got %d, %v; want %d again", b, err, a)
	}
}

func TestTheMachinesRoutesAreAvoided(t *testing.T) {
	table := `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
tun0	0000A10A	00000000	0001	0	0	0	0080FFFF	0	0	0
`
	routes := destinations(table)
	if len(routes) != 1 || routes[0] != netip.MustParsePrefix("10.161.0.0/17") {
		t.Fatalf("routes %v", routes)
	}
	if overlaps(routes, Network(0)) || !overlaps(routes, Network(1)) {
		t.Errorf("only lab 1's network %s overlaps %v", Network(1), routes)
	}
}

func TestWhenNone(t *testing.T) {
	registry, owner, done := filepath.Join(t.TempDir(), "subnets"), t.TempDir(), 0
	do := func() error { done++; return nil }
	if err := WhenNone(t.Context(), registry, idle, do); err != nil || done != 0 {
		t.Errorf("without a registry: done %d times, %v", done, err)
	}
	if _, err := Reserve(t.Context(), registry, owner, idle); err != nil {
		t.Fatal(err)
	}
	if err := WhenNone(t.Context(), registry, idle, do); err != nil || done != 0 {
		t.Errorf("while a lab has a number: done %d times, %v", done, err)
	}
	Release(registry, owner)
	if err := WhenNone(t.Context(), registry, func(n int) bool { return n == 7 }, do); err != nil || done != 0 {
		t.Errorf("while something of number 7 is there: done %d times, %v", done, err)
	}
	if err := WhenNone(t.Context(), registry, idle, do); err != nil || done != 1 {
		t.Errorf("after that: done %d times, %v", done, err)
	}
}
