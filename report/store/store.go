package store

import (
	"context"
	"errors"

	"github.com/drplan/drplan/engine"
	"github.com/drplan/drplan/report"
)

// Store is where runs are kept. Its methods may be called from several goroutines.
type Store interface {
	// Name is what people call it: a folder, or s3://bucket/prefix.
	Name() string
	// IDs lists the runs, newest first. One whose journal is gone is among them.
	IDs(ctx context.Context) ([]string, error)
	// Header reads how a run was begun: the first record of its journal.
	Header(ctx context.Context, id string) (engine.Header, error)
	// Read reads a run's journal, and whether a driver has the run now. One whose
	// journal is gone is [ErrGone]; damage is an error of package journal.
	Read(ctx context.Context, id string) (*report.Run, error)
	// File reads a file beside a run's journal that the run was made from, such as
	// plan.yaml. One that is not there is fs.ErrNotExist.
	File(ctx context.Context, id, name string) ([]byte, error)
}

// ErrGone says that there is a run, and that its journal is gone.
var ErrGone = errors.New("its journal is gone")
