package canary

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/drplan/drplan/steps"
)

// mark is what is written: who, what, and when.
type mark struct {
	Run   string    `json:"run"`
	Step  string    `json:"step"`
	Nonce string    `json:"nonce"`
	Beat  int64     `json:"beat"` // 0, 1, 2 …
	At    time.Time `json:"at"`
}

// store is where marks live. A step of a run has one mark there at a time.
type store interface {
	put(ctx context.Context, m mark) error
	list(ctx context.Context) ([]mark, error) // of every run
	remove(ctx context.Context, marks []mark) error
	close()
}

// errDamaged says that a mark is there and cannot be read any more: its data were
// damaged.
var errDamaged = errors.New("damaged")

// place is a store with its name for messages; "" where there is only one.
type place struct {
	name string
	store
}

func (s *step) places(ctx context.Context, in *steps.Run) ([]place, error) {
	switch {
	case s.Etcd != nil:
		st, err := openEtcd(ctx, *s.Etcd, s.Prefix)
		if err != nil {
			st = unopened{err}
		}
		return []place{{"", st}}, nil
	case s.Dir != "":
		return []place{{"", files{s.Dir}}}, nil
	case s.Program != nil:
		return []place{{"", programPlace{s.Program, in}}}, nil
	}
	return s.clusterPlaces(in)
}

// unopened is a store that does not answer, which is what a disaster may have made
// of it.
type unopened struct{ error }

func (u unopened) put(context.Context, mark) error      { return u.error }
func (u unopened) list(context.Context) ([]mark, error) { return nil, u.error }
func (u unopened) remove(context.Context, []mark) error { return u.error }
func (u unopened) close()                               {}

// each does the same in all places, and fails with the first that fails.
func (s *step) each(ctx context.Context, in *steps.Run, do func(place) error) error {
	all, err := s.places(ctx, in)
	if err != nil {
		return err
	}
	defer func() {
		for _, p := range all {
			p.close()
		}
	}()
	for _, p := range all {
		err := do(p)
		if err != nil && p.name != "" {
			err = fmt.Errorf("%s: %w", p.name, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func ofRun(marks []mark, run string) []mark {
	var own []mark
	for _, m := range marks {
		if m.Run == run {
			own = append(own, m)
		}
	}
	return own
}

// newest is the zero mark where there are none.
func newest(marks []mark) mark {
	var last mark
	for _, m := range marks {
		if m.At.After(last.At) {
			last = m
		}
	}
	return last
}

func oldest(marks []mark) mark {
	return slices.MinFunc(marks, func(a, b mark) int { return a.At.Compare(b.At) })
}

// dirsGone is the proof where nothing answers any more; unreachable says why.
func (s *step) dirsGone(unreachable error) error {
	if len(s.DataDirs) == 0 {
		return fmt.Errorf("it cannot be proven that the canary is gone, since nothing answers and data_dirs names no folders to look at: %w", unreachable)
	}
	for _, dir := range s.DataDirs {
		_, err := os.Lstat(dir)
		switch {
		case err == nil:
			return fmt.Errorf("nothing answers, but the data is still there: %s exists; a server that is down has lost nothing", dir)
		case !errors.Is(err, os.ErrNotExist):
			return err
		}
	}
	return nil
}
