package store

import (
	"context"
	"iter"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// One is what was read of one run, or why it was not.
type One[T any] struct {
	ID    string
	Value T
	Err   error
}

// width is how many runs are read at one time: a bucket answers many at once, and a
// folder is read as fast as there are processors.
const width = 16

// Runs reads runs in the order of ids, several at one time.
func Runs(ctx context.Context, s Store, ids []string) iter.Seq[One[*report.Run]] {
	return Ahead(ctx, ids, s.Read)
}

// Headers reads how runs were begun, in the order of ids, several at one time.
func Headers(ctx context.Context, s Store, ids []string) iter.Seq[One[engine.Header]] {
	return Ahead(ctx, ids, s.Header)
}

// Ahead is what read makes of ids, in their order, up to sixteen at one time. Who stops
// early leaves those that are under way to end by themselves: their context is over.
func Ahead[T any](ctx context.Context, ids []string, read func(context.Context, string) (T, error)) iter.Seq[One[T]] {
	return func(yield func(One[T]) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		var under []chan One[T] // way, in order
		next := 0
		for next < len(ids) || len(under) > 0 {
			for next < len(ids) && len(under) < width {
				id, got := ids[next], make(chan One[T], 1)
				go func() {
					value, err := read(ctx, id)
					got <- One[T]{id, value, err}
				}()
				under, next = append(under, got), next+1
			}
			one := <-under[0]
			under = under[1:]
			if !yield(one) {
				return
			}
		}
	}
}
