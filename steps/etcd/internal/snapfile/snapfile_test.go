package snapfile

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// write writes content and, unless bare, the seal of it.
func write(t *testing.T, content []byte, bare bool) string {
	t.Helper()
	if sum := sha256.Sum256(content); !bare {
		content = append(content, sum[:]...)
	}
	file := filepath.Join(t.TempDir(), "a.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCheck(t *testing.T) {
	pages := make([]byte, 8192)
	copy(pages, "a database")
	good := write(t, pages, false)
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	whole := sha256.Sum256(data)
	d, err := Check(t.Context(), good)
	if err != nil || d.Size != int64(len(data)) || d.SHA256 != hex.EncodeToString(whole[:]) {
		t.Errorf("digest %+v, error %v", d, err)
	}
	for name, tt := range map[string]struct {
		file string
		want error
	}{
		"no seal":          {write(t, pages, true), ErrNoSeal},
		"empty":            {write(t, nil, true), ErrNoSeal},
		"cut off":          {write(t, data[:5000], true), ErrNoSeal},
		"cut off at pages": {write(t, data[:4096+32], true), ErrDamaged},
		"missing":          {good + ".none", os.ErrNotExist},
	} {
		if _, err := Check(t.Context(), tt.file); !errors.Is(err, tt.want) {
			t.Errorf("%s: error %v, want %v", name, err, tt.want)
		}
	}
	for _, at := range []int{0, 4096, len(data) - 1} { // content, content, seal
		flipped := append([]byte(nil), data...)
		flipped[at] ^= 4
		if _, err := Check(t.Context(), write(t, flipped, true)); !errors.Is(err, ErrDamaged) {
			t.Errorf("bit flipped at %d: error %v", at, err)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(cancelled, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// database makes one as a stopped member leaves it.
func database(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "db")
	db, err := bolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(func(tx *bolt.Tx) error {
		keys, err := tx.CreateBucket([]byte("key"))
		if err != nil {
			return err
		}
		for _, revision := range []uint64{2, 300, 70_000} {
			if err := keys.Put(append(binary.BigEndian.AppendUint64(nil, revision), "_00000000"...), []byte("x")); err != nil {
				return err
			}
		}
		members, err := tx.CreateBucket([]byte("members"))
		if err != nil {
			return err
		}
		return members.Put([]byte("a"), []byte(`{"id":7,"peerURLs":["https://p:1"],"name":"m1","clientURLs":["https://c:1"]}`))
	})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadRecord(t *testing.T) {
	r, err := ReadRecord(database(t))
	if err != nil || r.Revision != 70_000 || len(r.Members) != 1 || r.Members[0].Name != "m1" || r.Members[0].PeerURLs[0] != "https://p:1" {
		t.Errorf("record %+v, error %v", r, err)
	}
}

func TestReadRecordOfARunningMember(t *testing.T) {
	file := database(t)
	db, err := bolt.Open(file, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := ReadRecord(file); err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("error %v", err)
	}
}

// TestReadRecordSurvivesDamage: on the day of a disaster the database is what
// was hit, and it must not take the recovery down with it.
func TestReadRecordSurvivesDamage(t *testing.T) {
	good, err := os.ReadFile(database(t))
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for at := 0; at < len(good); at += 256 {
		damaged := append([]byte(nil), good...)
		for i := at; i < min(at+16, len(damaged)); i++ {
			damaged[i] ^= 0xff
		}
		if _, err := ReadRecord(write(t, damaged, true)); err != nil {
			failed++
		}
	}
	for _, n := range []int{0, 100, 4096, len(good) / 2} {
		if _, err := ReadRecord(write(t, good[:n], true)); err == nil {
			t.Errorf("cut off at %d: no error", n)
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
}
