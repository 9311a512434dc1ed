package etcd

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/drplan/drplan/internal/labtest"
	bolt "go.etcd.io/bbolt"
)

// TestBump restores a copy, and reads in its database what was done to the
// revision.
func TestBump(t *testing.T) {
	lab := labtest.Shared(t)
	write(t, lab, t.Name(), 5)
	file := takeSnapshot(t, lab)
	const far = 7_000_000_000
	tests := []struct {
		name    string
		differ  object
		bump    func(revision int64) int64
		refused string
	}{
		{"by default", nil, func(int64) int64 { return minBump }, ""},
		{"beyond a known revision", object{"known_revision": far}, func(r int64) int64 { return far - r + slack }, ""},
		{"as the plan says", object{"bump_revision": 5000}, func(int64) int64 { return 5000 }, ""},
		{"not at all", object{"bump": false}, func(int64) int64 { return 0 }, ""},
		{"not at all, whatever is known", object{"bump": false, "known_revision": far}, func(int64) int64 { return 0 }, ""},
		{"not enough", object{"bump_revision": 5000, "known_revision": far}, nil, "bump_revision: 5000 is not enough: revision 7000000000 was reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "copy")
			out, err := perform(t, Restore(), with(object{
				"from": file, "start": false, "beside_original": true,
				"members": []object{{"name": "copy", "data_dir": dir, "peer_url": closed(t), "stop": []string{"true"}}},
			}, tt.differ))
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) {
					t.Errorf("error %v, want %q", err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			revision := out["revision"].(int64)
			want := tt.bump(revision)
			if out["bump"] != want || out["restored_revision"] != revision+want {
				t.Errorf("bump %v from %d, want %d", out["bump"], revision, want)
			}
			newest, compacted := inDatabase(t, filepath.Join(dir, "member", "snap", "db"))
			if newest != revision+want {
				t.Errorf("the database is at %d, want %d", newest, revision+want)
			}
			if compacted != (want > 0) {
				t.Errorf("marked compacted: %v, with a bump of %d", compacted, want)
			}
		})
	}
}

// inDatabase reads a restored database: its newest revision, and whether
// everything up to there is marked compacted.
func inDatabase(t *testing.T, path string) (newest int64, compacted bool) {
	t.Helper()
	db, err := bolt.Open(path, 0o400, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		last, _ := tx.Bucket([]byte("key")).Cursor().Last()
		newest = number(last)
		mark := tx.Bucket([]byte("meta")).Get([]byte("scheduledCompactRev"))
		compacted = len(mark) >= 8 && number(mark) == newest
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return newest, compacted
}

// number is a revision as etcd writes it.
func number(b []byte) int64 {
	n := int64(0)
	for _, c := range b[:8] {
		n = n<<8 | int64(c)
	}
	return n
}
