package s3

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/s3client"
)

// plan says which objects are to go, and which stay, each newest first.
func (c *PruneConfig) plan(ctx context.Context, client *s3client.Client, in *steps.Run) (old, kept []object, err error) {
	prefix, err := parseFolder(c.Prefix)
	if err != nil {
		return nil, nil, steps.Final(err)
	}
	found, err := list(ctx, client, selection{prefix, c.Pattern, c.Recursive})
	if err != nil {
		return nil, nil, err
	}
	objects, err := statAll(ctx, client, found)
	if err != nil {
		return nil, nil, err
	}
	old = expired(objects, in.Now().Add(-time.Duration(c.OlderThan)), c.keeps(in))
	gone := make(map[string]bool, len(old))
	for _, o := range old {
		gone[o.Key] = true
	}
	return old, slices.DeleteFunc(objects, func(o object) bool { return gone[o.Key] }), nil
}

// expired takes those with a recovery point before limit, but for the newest
// keep that are whole. It sorts objects.
func expired(objects []object, limit time.Time, keep int) []object {
	slices.SortFunc(objects, func(a, b object) int {
		x, _ := a.recoveryPoint()
		y, _ := b.recoveryPoint()
		if n := y.Compare(x); n != 0 {
			return n
		}
		return strings.Compare(b.Key, a.Key)
	})
	var old []object
	for _, o := range objects {
		if o.broken() == "" && !partial(o.Key) && keep > 0 {
			keep--
			continue
		}
		if point, _ := o.recoveryPoint(); point.Before(limit) {
			old = append(old, o)
		}
	}
	return old
}
