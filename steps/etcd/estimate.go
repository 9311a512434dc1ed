package etcd

import (
	"context"
	"os"
	"time"

	"github.com/drplan/drplan/steps"
)

// What the work took where it was measured, on two cores of a virtual machine
// with etcd 3.7. A run's own history is better.
const (
	// 98 MiB were streamed, hashed and read in 1.5 s while other work went on.
	snapshotRate = 64 << 20 // bytes a second
	// 1.45 GB were restored, raised and marked compacted in 5.9 s. Three members
	// at once took no longer than one.
	restoreRate = 245_000_000 // bytes a second
	// Three members of 98 MiB were stopped by SIGKILL, restored, started and
	// listening in 4.5 s; that is without the 0.4 s of the restore at its rate,
	// rounded up.
	restartTime = 5 * time.Second
	// From its stop to its first read through the quorum a member took 10.9 s
	// with 98 MiB and 10.3 s with 394: five of them are etcd's, which refuses a
	// second change of members until then.
	replaceTime = 11 * time.Second
)

func at(bytes, rate int64) time.Duration {
	return time.Duration(float64(bytes) / float64(rate) * float64(time.Second))
}

// Estimate goes by the size of the database that would be copied.
func (s *snapshotStep) Estimate(ctx context.Context, in *steps.Run) (time.Duration, error) {
	source, err := s.choose(ctx, in)
	return at(source.size, snapshotRate), err
}

// Estimate goes by the size of the snapshot.
func (s *restoreStep) Estimate(context.Context, *steps.Run) (time.Duration, error) {
	info, err := os.Stat(s.From)
	if err != nil {
		return 0, err
	}
	d := at(info.Size(), restoreRate)
	if s.Start {
		d += restartTime
	}
	return d, nil
}

// Estimate does not go by the database's size, which made no difference up to
// where it was measured.
func (s *replaceStep) Estimate(context.Context, *steps.Run) (time.Duration, error) {
	return replaceTime, nil
}
