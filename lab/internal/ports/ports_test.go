package ports

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
)

func TestLabsSideBySideGetDifferentPorts(t *testing.T) {
	registry := t.TempDir()
	var mu sync.Mutex
	var all []int
	var done sync.WaitGroup
	for range 8 {
		owner := t.TempDir()
		done.Go(func() {
			got, err := Reserve(t.Context(), registry, owner, 7)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, got...)
		})
	}
	done.Wait()
	slices.Sort(all)
	if len(all) != 56 || len(slices.Compact(slices.Clone(all))) != 56 {
		t.Errorf("ports %v are not 56 different ones", all)
	}
	if all[0] < lowest || all[len(all)-1] >= outgoing() {
		t.Errorf("ports %d to %d, want them from %d to below %d", all[0], all[len(all)-1], lowest, outgoing())
	}
}

func TestAClaimHoldsUntilItsOwnerIsGone(t *testing.T) {
	registry, owner := t.TempDir(), filepath.Join(t.TempDir(), "lab")
	if err := os.Mkdir(owner, 0o700); err != nil {
		t.Fatal(err)
	}
	if !claim(registry, owner, 20_001) {
		t.Fatal("a free port was refused")
	}
	if claim(registry, t.TempDir(), 20_001) {
		t.Error("another lab got the port of a living one")
	}
	if err := os.Remove(owner); err != nil {
		t.Fatal(err)
	}
	if !claim(registry, t.TempDir(), 20_001) {
		t.Error("the port of a lab that is gone is never given again")
	}
}

func TestRelease(t *testing.T) {
	registry, mine, other := t.TempDir(), t.TempDir(), t.TempDir()
	for _, owner := range []string{mine, other} {
		if _, err := Reserve(t.Context(), registry, owner, 3); err != nil {
			t.Fatal(err)
		}
	}
	Release(registry, mine)
	left, err := filepath.Glob(filepath.Join(registry, "[0-9]*"))
	if err != nil || len(left) != 3 {
		t.Fatalf("%d records are left (%v), want the other lab's 3", len(left), err)
	}
	for _, record := range left {
		if holder, _ := os.ReadFile(record); string(holder) != other {
			t.Errorf("port %s is held by %s", record, holder)
		}
	}
}

func TestAPortInUseIsNotFree(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	number, _ := strconv.Atoi(port)
	if free(number) {
		t.Error("a port that is listened on counts as free")
	}
	l.Close()
	if !free(number) {
		t.Error("a port that nobody listens on counts as taken")
	}
}

func TestTakeGivesAllPortsOrNone(t *testing.T) {
	registry, owner := t.TempDir(), t.TempDir()
	first, err := Reserve(t.Context(), t.TempDir(), owner, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Take(t.Context(), registry, owner, first[0], 1)
	if err != nil || !slices.Equal(got, first) {
		t.Fatalf("got %v, %v; want the free port %v", got, err, first)
	}
	if got, err := Take(t.Context(), registry, t.TempDir(), first[0]-1, 2); err == nil {
		t.Errorf("got %v, though another lab has one of them", got)
	}
	if left, _ := filepath.Glob(filepath.Join(registry, "[0-9]*")); len(left) != 1 {
		t.Errorf("after a refusal %d ports are reserved, want the first owner's alone", len(left))
	}
}
