package canary

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/drplan/drplan/steps/internal/etcdclient"
	clientv3 "go.etcd.io/etcd/client/v3"
)

type etcd struct {
	client *clientv3.Client
	conn   etcdclient.Conn
	prefix string
}

func openEtcd(ctx context.Context, conn etcdclient.Conn, prefix string) (store, error) {
	client, err := conn.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return &etcd{client, conn, prefix}, nil
}

func (e *etcd) key(m mark) string { return e.prefix + m.Run + "/" + m.Step }

// bounded keeps one request from waiting for a quorum that will not come.
func (e *etcd) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, e.conn.Timeout())
}

func (e *etcd) put(ctx context.Context, m mark) error {
	value, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	_, err = e.client.Put(ctx, e.key(m), string(value))
	return err
}

func (e *etcd) list(ctx context.Context) ([]mark, error) {
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	resp, err := e.client.Get(ctx, e.prefix, clientv3.WithPrefix())
	if err != nil {
		return nil, fmt.Errorf("read the canary: %w", err)
	}
	marks := make([]mark, len(resp.Kvs))
	for i, kv := range resp.Kvs {
		if err := json.Unmarshal(kv.Value, &marks[i]); err != nil {
			return nil, fmt.Errorf("the key %s is no canary of drplan's: choose another prefix: %w", kv.Key, err)
		}
	}
	return marks, nil
}

func (e *etcd) remove(ctx context.Context, marks []mark) error {
	ctx, cancel := e.bounded(ctx)
	defer cancel()
	for _, m := range marks {
		if _, err := e.client.Delete(ctx, e.key(m)); err != nil {
			return err
		}
	}
	return nil
}

func (e *etcd) close() { _ = e.client.Close() } // all it had to tell was told
