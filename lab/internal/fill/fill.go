package fill

import (
	"context"
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"
	"golang.org/x/sync/errgroup"
)

const (
	// prefix of all keys of a fill.
	prefix = "/registry/"
	// batch is how many keys one transaction puts; the server's limit on
	// operations is 1024, on bytes 10 MiB.
	batch = 100
	// batchBytes keeps transactions of large values small.
	batchBytes = 1 << 20
	// writers put at the same time, so that the members' disks and the next
	// transactions' way through raft overlap.
	writers = 16
	// page is how many keys are listed at once.
	page = 50_000
)

// Fill makes etcd hold the objects 0 to keys-1, with values of about valueBytes
// bytes, and returns how many it had to write. What is there is left as it is.
func Fill(ctx context.Context, client *clientv3.Client, keys, valueBytes int) (written int, err error) {
	if keys <= 0 {
		return 0, nil
	}
	present, err := list(ctx, client)
	if err != nil {
		return 0, err
	}
	var missing []int
	for n := range keys {
		if _, ok := present[nth(n).key()]; !ok {
			missing = append(missing, n)
		}
	}
	return len(missing), put(ctx, client, missing, valueBytes)
}

// list returns the keys that etcd has below the prefix, at one revision.
func list(ctx context.Context, client *clientv3.Client) (map[string]struct{}, error) {
	present := map[string]struct{}{}
	end := clientv3.GetPrefixRangeEnd(prefix)
	from, revision := prefix, int64(0)
	for {
		got, err := client.Get(ctx, from, clientv3.WithRange(end), clientv3.WithKeysOnly(),
			clientv3.WithLimit(page), clientv3.WithRev(revision))
		if err != nil {
			return nil, fmt.Errorf("list keys: %w", err)
		}
		for _, kv := range got.Kvs {
			present[string(kv.Key)] = struct{}{}
		}
		if !got.More {
			return present, nil
		}
		from, revision = string(got.Kvs[len(got.Kvs)-1].Key)+"\x00", got.Header.Revision
	}
}

func put(ctx context.Context, client *clientv3.Client, numbers []int, valueBytes int) error {
	size := max(1, min(batch, batchBytes/max(valueBytes, 1)))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for len(numbers) > 0 && ctx.Err() == nil {
		part := numbers[:min(size, len(numbers))]
		numbers = numbers[len(part):]
		group.Go(func() error { return putPart(ctx, client, part, valueBytes) })
	}
	return group.Wait()
}

func putPart(ctx context.Context, client *clientv3.Client, numbers []int, valueBytes int) error {
	ops := make([]clientv3.Op, len(numbers))
	for i, n := range numbers {
		o := nth(n)
		ops[i] = clientv3.OpPut(o.key(), string(o.value(valueBytes)))
	}
	_, err := client.Txn(ctx).Then(ops...).Commit()
	return err
}
