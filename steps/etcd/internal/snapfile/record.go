package snapfile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Record is what a stopped member's database says of itself.
type Record struct {
	Revision int64 // the newest that was flushed; the write-ahead log may hold newer ones
	Members  []RecordedMember
}

// RecordedMember is a member as the database lists it.
type RecordedMember struct {
	ID         uint64   `json:"id"`
	Name       string   `json:"name"`
	PeerURLs   []string `json:"peerURLs"`
	ClientURLs []string `json:"clientURLs"`
}

// openWait is short: a database that is locked belongs to a running member,
// which is to be asked instead.
const openWait = 200 * time.Millisecond

// ReadRecord reads the database at path without changing it. It fails when a
// process holds it, and when it is damaged.
func ReadRecord(path string) (r Record, err error) {
	// A damaged database makes bbolt panic, or fault on its memory map.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			r, err = Record{}, fmt.Errorf("%s is damaged: %v", path, p)
		}
	}()
	db, err := bolt.Open(path, 0o400, &bolt.Options{ReadOnly: true, Timeout: openWait})
	if err != nil {
		return Record{}, fmt.Errorf("open %s: %w", path, err)
	}
	defer db.Close()
	if err := db.View(r.read); err != nil {
		return Record{}, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

func (r *Record) read(tx *bolt.Tx) error {
	keys := tx.Bucket([]byte("key"))
	if keys == nil {
		return errors.New("no bucket of keys: not a database of etcd v3")
	}
	// A key of this bucket is a revision: 8 bytes, big-endian, and a suffix.
	if last, _ := keys.Cursor().Last(); len(last) >= 8 {
		r.Revision = int64(binary.BigEndian.Uint64(last))
	}
	members := tx.Bucket([]byte("members"))
	if members == nil {
		return nil
	}
	return members.ForEach(func(_, v []byte) error {
		var m RecordedMember
		if err := json.Unmarshal(v, &m); err != nil {
			return fmt.Errorf("a member: %w", err)
		}
		r.Members = append(r.Members, m)
		return nil
	})
}

// Knows reports whether the record lists a member with the peer URL.
func (r Record) Knows(peerURL string) bool {
	return slices.ContainsFunc(r.Members, func(m RecordedMember) bool { return slices.Contains(m.PeerURLs, peerURL) })
}
