package etcddrill

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	bolt "go.etcd.io/bbolt"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"
)

// tamperVariable makes this test program tamper with a file, and do nothing else.
const tamperVariable = "DRPLAN_TEST_TAMPER"

func tamper(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, data[:len(data)-sha256.Size], 0o600); err != nil {
		return err
	}
	if err := changeOneValue(file); err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	seal := sha256.Sum256(content)
	content = append(content, seal[:]...)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return err
	}
	return coverUp(file, content)
}

func changeOneValue(file string) error {
	db, err := bolt.Open(file, 0o600, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bolt.Tx) error {
		bucket := tx.Bucket([]byte("key"))
		for c, k, v := cursor(bucket); k != nil; k, v = c.Next() {
			if at := bytes.Index(v, []byte("/registry/")); at >= 0 && len(v) > at+200 {
				changed := bytes.Clone(v)
				changed[at+150] ^= 1
				return bucket.Put(bytes.Clone(k), changed)
			}
		}
		return errors.New("the snapshot has no value to change")
	})
}

func cursor(b *bolt.Bucket) (c *bolt.Cursor, k, v []byte) {
	c = b.Cursor()
	k, v = c.First()
	return c, k, v
}

// coverUp makes the metadata beside the file fit its new content.
func coverUp(file string, content []byte) error {
	status, err := snapshot.NewV3(zap.NewNop()).Status(file)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(file + ".meta.json")
	if err != nil {
		return err
	}
	meta := map[string]any{}
	if err := json.Unmarshal(raw, &meta); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	if meta["sha256"] == nil || meta["hash"] == nil {
		return fmt.Errorf("the metadata has other fields than this test knows: %s", raw)
	}
	meta["sha256"], meta["hash"], meta["size"] = hex.EncodeToString(sum[:]), status.Hash, len(content)
	if raw, err = json.Marshal(meta); err != nil {
		return err
	}
	return os.WriteFile(file+".meta.json", raw, 0o600)
}
