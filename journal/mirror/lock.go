package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"
)

// Holder is who drives a run.
type Holder struct {
	Owner    string    `json:"owner"`            // user@host, and the process
	Machine  string    `json:"machine"`          // where it runs, and the run's folder there:
	Folder   string    `json:"folder"`           // who sees both knows whether it still does
	Since    time.Time `json:"since"`            // when it took the run
	Renewed  time.Time `json:"renewed"`          // when it was last heard of
	Released bool      `json:"released"`         // it has let go of the run
	Reason   string    `json:"reason,omitempty"` // why it took the run from another
	From     string    `json:"from,omitempty"`   // that other
	Whole    int64     `json:"whole,omitempty"`  // so many records are in one object as well, and no driver has added any: it let go
}

// HeldError says that another driver has the run.
type HeldError struct {
	Run    string
	Holder Holder
	Age    time.Duration // since it was last heard of
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("run %s is driven by %s since %s, last heard of %s ago",
		e.Run, e.Holder.Owner, e.Holder.Since.UTC().Format(time.RFC3339), e.Age.Round(time.Second))
}

// ErrLost says that another driver has taken the run meanwhile.
var ErrLost = errors.New("another driver has taken this run over")

// Lock is a held lock.
type Lock struct {
	store   Store
	run     string
	version string
	holder  Holder
}

func lockName(run string) string { return path.Join(run, "lock.json") }

// Acquire takes the run. One that another driver holds is a [*HeldError], unless
// by.Reason says why it is taken from it.
func Acquire(ctx context.Context, store Store, run string, by Holder, now time.Time) (*Lock, error) {
	by.Since, by.Renewed = now, now
	l := &Lock{store: store, run: run, holder: by}
	for {
		held, version, err := readLock(ctx, store, run)
		switch {
		case missing(err):
			l.version, err = store.Create(ctx, lockName(run), l.body())
		case err != nil:
			return nil, err
		case !held.Released && by.Reason == "":
			return nil, &HeldError{run, held, now.Sub(held.Renewed)}
		default:
			l.holder.Reason, l.holder.From = by.Reason, held.Owner
			l.version, err = store.Replace(ctx, lockName(run), version, l.body())
		}
		if !taken(err) {
			return l, err
		} // somebody was quicker: look again
	}
}

func readLock(ctx context.Context, store Store, run string) (h Holder, version string, err error) {
	body, version, err := store.Read(ctx, lockName(run))
	if err != nil {
		return h, "", err
	}
	if err := json.Unmarshal(body, &h); err != nil {
		return h, "", fmt.Errorf("%s in the mirror cannot be read: %w", lockName(run), err)
	}
	return h, version, nil
}

func (l *Lock) body() []byte {
	raw, err := json.Marshal(l.holder)
	if err != nil {
		panic(err) // times and strings
	}
	return append(raw, '\n')
}

// Renew shows that the driver is there. [ErrLost] says that it no longer may be.
func (l *Lock) Renew(ctx context.Context, now time.Time) error {
	l.holder.Renewed = now
	return l.write(ctx)
}

// Release lets go of the run. whole says how many records are in one object as
// well; 0: none.
func (l *Lock) Release(ctx context.Context, now time.Time, whole int64) error {
	l.holder.Renewed, l.holder.Released, l.holder.Whole = now, true, whole
	return l.write(ctx)
}

// write replaces the lock. An answer that was lost on its way makes the version
// a stranger's, although the lock is still ours.
func (l *Lock) write(ctx context.Context) error {
	version, err := l.store.Replace(ctx, lockName(l.run), l.version, l.body())
	if taken(err) || missing(err) {
		held, now, readErr := readLock(ctx, l.store, l.run)
		switch {
		case readErr != nil && !missing(readErr):
			return readErr
		case readErr != nil || held.Owner != l.holder.Owner || !held.Since.Equal(l.holder.Since):
			return ErrLost
		}
		version, err = l.store.Replace(ctx, lockName(l.run), now, l.body())
		if taken(err) {
			return ErrLost
		}
	}
	if err == nil {
		l.version = version
	}
	return err
}
