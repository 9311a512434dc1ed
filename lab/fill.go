package lab

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/drplan/drplan/lab/internal/fill"
)

// fill writes the keys of want that etcd lacks.
func (l *Lab) fill(ctx context.Context, want Fill, progress io.Writer) error {
	l.Fill = want
	if err := l.save(); err != nil {
		return err
	}
	client, err := l.client(l.Etcd.Endpoints...)
	if err != nil {
		return err
	}
	defer client.Close()
	began := time.Now()
	written, err := fill.Fill(ctx, client, want.Keys, want.ValueBytes)
	if err != nil {
		return fmt.Errorf("fill etcd: %w", err)
	}
	if written > 0 {
		took := time.Since(began)
		fmt.Fprintf(progress, "lab: filled etcd with %d keys in %.1f s, %.0f keys/s\n",
			written, took.Seconds(), float64(written)/took.Seconds())
	}
	return nil
}
