// Package snapfile reads an etcd snapshot: a bbolt database followed by its
// SHA-256, which the server sends at the end of the stream. A copy of a live
// member's db file lacks it, and lacks the tail of the write-ahead log too.
//
// The database is memory-mapped, and a damaged one can take the process down;
// so nothing here opens a file whose seal has not been checked.
//
// The package must not know how a snapshot was made or where it will go.
package snapfile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	bolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"
)

// ErrNoSeal says that a file does not end with the hash of its content.
var ErrNoSeal = errors.New("not made by a snapshot: it has no integrity hash (a copied member/snap/db, or cut off); take one with etcd_snapshot or etcdctl snapshot save")

// ErrDamaged says that a file's content does not match the hash at its end.
var ErrDamaged = errors.New("damaged: the content does not match the integrity hash at its end; use another backup")

// Digest is what identifies a snapshot's bytes.
type Digest struct {
	SHA256 string // of the whole file, its seal included; lower-case hex
	Size   int64  // bytes
}

// Content is what a snapshot holds.
type Content struct {
	Revision int64  // the newest in it
	Hash     uint32 // as `etcdutl snapshot status` prints it, there in hexadecimal
	Keys     int64  // live keys
	Version  string // of its storage; "" when the server was older than 3.6
}

// Check reads the whole file and checks its seal. The error is, or wraps,
// ErrNoSeal or ErrDamaged, or an error of reading.
func Check(ctx context.Context, path string) (Digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Digest{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Digest{}, err
	}
	d, err := check(ctx, f, info.Size())
	if err != nil {
		return Digest{}, fmt.Errorf("snapshot %s: %w", path, err)
	}
	return d, nil
}

func check(ctx context.Context, r io.Reader, size int64) (Digest, error) {
	// A database is a whole number of pages, so what is left over is the seal:
	// the test that etcd's own tools make.
	if size%512 != sha256.Size {
		return Digest{}, ErrNoSeal
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(&cancellable{ctx, r}, size-sha256.Size)); err != nil {
		return Digest{}, err
	}
	content := h.Sum(nil)
	var seal [sha256.Size]byte
	if _, err := io.ReadFull(r, seal[:]); err != nil {
		return Digest{}, fmt.Errorf("it shrank while it was read: %w", err)
	}
	if string(content) != string(seal[:]) {
		return Digest{}, ErrDamaged
	}
	h.Write(seal[:])
	return Digest{SHA256: hex.EncodeToString(h.Sum(nil)), Size: size}, nil
}

// Read walks the database of a file that Check has passed. Where it finds an
// inconsistency that the seal does not show, the server had it already.
func Read(path string) (Content, error) {
	status, err := snapshot.NewV3(zap.NewNop()).Status(path)
	if err != nil {
		return Content{}, fmt.Errorf("snapshot %s: %w", path, err)
	}
	keys := int64(status.TotalKey)
	bumped, err := bumped(path)
	if err != nil {
		return Content{}, fmt.Errorf("snapshot %s: %w", path, err)
	}
	if bumped {
		keys--
	}
	return Content{
		Revision: status.Revision,
		Hash:     status.Hash,
		Keys:     keys,
		Version:  status.Version,
	}, nil
}

// bumped reports whether the database was once restored with a raised revision.
// That leaves a record without a key at the raised revision, which Status counts
// as a key though no client can see it (etcdutl 3.7.3, unsafeBumpBucketsRevision).
func bumped(path string) (bool, error) {
	db, err := bolt.Open(path, 0o400, &bolt.Options{ReadOnly: true, Timeout: openWait})
	if err != nil {
		return false, err
	}
	defer db.Close()
	found := false
	err = db.View(func(tx *bolt.Tx) error {
		for c, k, v := first(tx); k != nil && !found; k, v = c.Next() {
			found = len(v) == 0 || v[0] != keyTag
		}
		return nil
	})
	return found, err
}

// keyTag begins a mvccpb.KeyValue that has a key: field 1, length-delimited.
const keyTag = 1<<3 | 2

func first(tx *bolt.Tx) (c *bolt.Cursor, k, v []byte) {
	keys := tx.Bucket([]byte("key"))
	if keys == nil {
		return nil, nil, nil
	}
	c = keys.Cursor()
	k, v = c.First()
	return c, k, v
}

type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
